//! One binary for all tests from outside: they link once.

mod catalog;
mod command;
mod golden;
mod hostile;
mod integrations;
mod readme;
mod run;
