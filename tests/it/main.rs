mod catalog;
mod golden;
mod tidy;
