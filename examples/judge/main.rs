//! Reads questions, one JSON object a line, and writes what access says to each: for comparisons with other evaluators.
//!
//! ```text
//! {"identity": [POLICY, …], "boundary": [POLICY, …], "session": [POLICY, …], "endpoint": POLICY, "scps": [[POLICY, …], …],
//!  "rcps": [[POLICY, …], …], "resource": POLICY, "trust": POLICY, "caller": "arn:aws:iam::111111111111:role/ci", "action": "s3:GetObject",
//!  "on": "arn:aws:s3:::bucket/key", "owner": "222222222222", "management": "999999999999",
//!  "context": {"aws:SourceIp": "198.51.100.7", "aws:TagKeys": ["a", "b"]}}
//! ```
//!
//! `identity` are the caller's own policies, with its permissions `boundary` and the policies that were passed with its `session`; `resource` is
//! the policy of what is called on, or `trust` that of a role; `endpoint` that of the VPC endpoint that the request comes through. `scps` are the
//! service control policies of the caller's account and `rcps` the resource control policies of the `owner`'s, each a list of levels from the
//! organization's root down; none of a level means that nothing is attached there that takes away. `management` is the organization's management
//! account. The caller is an ARN of a user, a role, a session or a federated user, an account's `:root`, the name of a service, or `anonymous`.
//! `context` is all that the request carries.
//!
//! The answer is `{"some": "allowed" | "denied" | "unknown", "every": …, "by": [[POLICY, STATEMENT], …]}`, with the positions of the policies in
//! the order above, or `{"error": …}`.

#![allow(clippy::print_stdout, reason = "a command for the terminal")]

use std::io::{self, BufRead};

use serde_json::json;

mod asked;

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = serde_json::from_str(&line).map_err(|error| error.to_string()).and_then(|asked| asked::answer(&asked));
        println!("{}", answer.unwrap_or_else(|error| json!({ "error": error })));
    }
    Ok(())
}
