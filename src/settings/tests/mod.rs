//! The whole configuration, from a file's text and pairs that stand for the environment.

mod hooks;
mod keys;
mod panel;
mod plans;
mod refusals;

use rocket::Config;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};

use super::{Problem, Settings, env};

type Pairs<'p> = &'p [(&'p str, &'p str)];

fn figment(profile: &str, toml: &str, variables: Pairs) -> Figment {
    let base =
        Figment::from(Config::debug_default()).merge(Toml::string(toml).nested()).select(profile);
    let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    env::overlay(base, pairs)
}

fn read(toml: &str, variables: Pairs) -> Settings {
    Settings::read(&figment("debug", toml, variables))
        .unwrap_or_else(|problems| panic!("{toml} {variables:?}: {problems:?}"))
}

fn refused(toml: &str, variables: Pairs) -> Vec<Problem> {
    refused_in("debug", toml, variables)
}

fn refused_in(profile: &str, toml: &str, variables: Pairs) -> Vec<Problem> {
    match Settings::read(&figment(profile, toml, variables)) {
        Ok(_) => panic!("{toml} {variables:?} was taken"),
        Err(problems) => problems,
    }
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
