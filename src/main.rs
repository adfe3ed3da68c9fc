//! Hands the arguments to the command line.

fn main() -> std::process::ExitCode {
    coinslot::cli::main()
}
