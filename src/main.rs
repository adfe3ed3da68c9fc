//! Hands the arguments to the command line.

/// The system's own makes threads that free each other's memory wait for one another, and keeps
/// twice as much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    coinslot::cli::main()
}
