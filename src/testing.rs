//! What tests of several modules need.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;

/// Everything that is logged on this thread while it lives.
pub(crate) struct Log {
    lines: Lines,
    _guard: DefaultGuard,
    /// Where there is one subscriber only, a line of code that another thread comes to first is
    /// switched off for all.
    _second: Dispatch,
}

impl Log {
    pub(crate) fn of_this_thread() -> Self {
        let second = Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        Self { lines, _guard: tracing::subscriber::set_default(subscriber), _second: second }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().expect("nobody panicked").clone()).expect("text")
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
