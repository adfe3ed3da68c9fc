//! What may be typed and what is a wrong use.

use clap::{CommandFactory as _, Parser as _};

use super::super::args::{Cli, Command};
use super::{Shop, command};

#[test]
fn the_command_line_contradicts_itself_nowhere() {
    Cli::command().debug_assert();
}

#[test]
fn without_a_command_it_serves() {
    assert!(matches!(command(&[]), Command::Serve));
    assert!(matches!(command(&["serve"]), Command::Serve));
}

#[test]
fn what_is_typed_is_taken_or_refused_as_wrong_use() {
    let table: &[(&str, bool)] = &[
        ("check --stripe --json", true),
        ("check now", false),
        ("admin create --email ada@example.com --password-stdin", true),
        ("admin create", false),
        ("admin create --email ada", false),
        ("admin create --email a@b@c", false),
        ("token create --name ci --scope panel", true),
        ("token create --name ci --scope root", false),
        ("token create --scope admin", false),
        ("token list --json", true),
        ("token revoke tok_1", true),
        ("token revoke", false),
        ("exempt acc_1 --reason sponsor", true),
        ("exempt acc_1 --reason sponsor --until 2027-01-01T00:00:00Z", true),
        ("exempt acc_1 --reason sponsor --until 2027-01-01", false),
        ("exempt acc_1 --revoke", true),
        ("exempt acc_1 --revoke --reason sponsor", false),
        ("exempt acc_1 --revoke --until 2027-01-01T00:00:00Z", false),
        ("exempt acc_1", false),
        ("account acc_1 --json", true),
        ("account a/b", false),
        ("plans --json", true),
        ("sync", true),
        ("sync acc_1 --json", true),
        ("events list --status dead --limit 1000", true),
        ("events list --status broken", false),
        ("events list --limit 0", false),
        ("events list --limit 1001", false),
        ("events replay evt_1", true),
        ("events replay ../1", false),
        ("events replay --status dead", true),
        ("events replay --status failed --type invoice.paid", true),
        ("events replay", false),
        ("events replay evt_1 --status dead", false),
        ("events replay evt_1 --type invoice.paid", false),
        ("events replay --type invoice.paid", false),
        ("events replay --status done", false),
        ("completions bash", true),
        ("completions cmd", false),
        ("serv", false),
    ];
    for (line, good) in table {
        let words = ["coinslot"].into_iter().chain(line.split(' '));
        match Cli::try_parse_from(words) {
            Ok(_) => assert!(good, "{line} was taken"),
            Err(error) => {
                assert!(!good, "{line}: {error}");
                assert_eq!(error.exit_code(), 2, "{line}");
            }
        }
    }
}

#[tokio::test]
async fn every_shell_gets_a_script_that_knows_the_commands() {
    let shop = Shop::open();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = shop.types(&["completions", shell]).await.expect("success");
        assert!(script.contains("events"), "{shell}");
    }
}
