//! The rules of money and access: values in, answers out.
//!
//! Nothing here waits, asks the time, or knows a database, a framework or Stripe's client.

pub(crate) mod alarm;
pub(crate) mod change;
pub(crate) mod delivery;
pub(crate) mod drift;
pub(crate) mod dunning;
pub(crate) mod entitlement;
pub(crate) mod fetched;
pub(crate) mod hook;
pub(crate) mod ids;
pub(crate) mod invoice;
pub(crate) mod letter;
pub(crate) mod money;
pub(crate) mod payback;
pub(crate) mod plan;
mod pruned;
pub(crate) mod revenue;
pub(crate) mod steering;
pub(crate) mod subscription;
pub(crate) mod suspension;
pub(crate) mod timestamp;

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;

#[cfg(test)]
mod change_table;
#[cfg(test)]
mod entitlement_conflicts;
#[cfg(test)]
mod entitlement_laws;
#[cfg(test)]
mod entitlement_refusals;
#[cfg(test)]
mod entitlement_table;
#[cfg(test)]
mod fetched_table;
#[cfg(test)]
mod suspension_table;
#[cfg(test)]
pub(crate) mod testing;
