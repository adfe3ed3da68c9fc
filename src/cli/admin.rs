//! Admins of the built-in panel.

use super::args::AdminCommand;
use super::desk::{Desk, Failure, Outcome};
use crate::flows::Billing;
use crate::standalone;

pub(super) async fn run(billing: &Billing, command: AdminCommand, desk: &mut Desk<'_>) -> Outcome {
    let AdminCommand::Create { email, password_stdin } = command;
    let password = if password_stdin { read_password(desk)? } else { one_time_password() };
    standalone::make_admin(billing, &email, &password)
        .await
        .map_err(|error| Failure::new(error.to_string()))?;
    writeln!(desk.out, "{email} is an admin.")?;
    if !password_stdin {
        writeln!(desk.out, "The password, shown this once:\n{password}")?;
    }
    Ok(())
}

fn read_password(desk: &mut Desk<'_>) -> Outcome<String> {
    let mut line = String::new();
    desk.input.read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if (12..=128).contains(&password.chars().count()) {
        return Ok(password.to_owned());
    }
    Err(Failure::new("the password on stdin must have 12 to 128 characters"))
}

/// 100 random bits in letters and digits that nobody mistakes for one another.
fn one_time_password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_time_password_satisfies_the_rule_and_never_repeats() {
        let (one, other) = (one_time_password(), one_time_password());
        assert_eq!(one.chars().count(), 20);
        assert_ne!(one, other);
    }
}
