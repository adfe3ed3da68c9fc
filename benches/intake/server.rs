//! A server to be measured, in a process of its own.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The argument by which a bench becomes its own bare server.
pub const BARE: &str = "--bare-route";

/// A server that ends with this value.
pub struct Server {
    pub child: Child,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// The real binary with these settings, its database in `folder` and no Stripe to be reached.
    pub fn coinslot(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coinslot"));
        command
            .arg("serve")
            .env("COINSLOT_DATABASE", folder.join("coinslot.db"))
            .env("STRIPE_SECRET_KEY", "sk_test_x")
            .env("STRIPE_API_BASE", format!("http://127.0.0.1:{}", free_port()))
            .env("RUST_LOG", "error")
            .envs(settings.iter().copied());
        Self::start(command, folder)
    }

    /// This same binary as the bare server, with what it needs to know.
    pub fn bare(folder: &Path, arguments: &[&OsStr]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("the path of this binary"));
        command.arg(BARE).args(arguments);
        Self::start(command, folder)
    }

    fn start(mut command: Command, folder: &Path) -> Self {
        let port = free_port();
        command
            .current_dir(folder)
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("the server starts");
        let mut server = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the server does not listen");
            assert!(server.child.try_wait().expect("a state").is_none(), "the server ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
