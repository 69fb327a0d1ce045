//! Service principals: the names by which services of AWS act.

use std::fmt;

use super::layout::{PrincipalRow, TABLES};
use super::names::find;
use crate::nearest::slips;

/// A service principal that the sources know. There is no official list: one that is not here is no mistake.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServicePrincipal {
    row: &'static [u8; PrincipalRow::SIZE],
}

/// How AWS's own policies use a service principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalUse {
    /// Roles are passed to it (`iam:PassedToService`).
    Passed,
    /// It has a service-linked role (`iam:AWSServiceName`).
    ServiceLinkedRole,
    /// It makes requests for its caller (`aws:CalledVia`).
    CalledVia,
    /// It runs the code of whoever passes it a role.
    Compute,
    /// It makes requests of its own (`aws:PrincipalServiceName`).
    Calls,
}

impl PrincipalUse {
    pub(super) const ALL: [PrincipalUse; 5] =
        [PrincipalUse::Passed, PrincipalUse::ServiceLinkedRole, PrincipalUse::CalledVia, PrincipalUse::Compute, PrincipalUse::Calls];

    /// What the service does, in words that follow its name.
    pub fn words(self) -> &'static str {
        match self {
            PrincipalUse::Passed => "takes a role that is passed to it",
            PrincipalUse::ServiceLinkedRole => "has a service-linked role",
            PrincipalUse::CalledVia => "makes requests on behalf of its caller",
            PrincipalUse::Compute => "runs code of whoever passes it a role",
            PrincipalUse::Calls => "makes requests of its own",
        }
    }

    /// The name that the tables use.
    pub fn name(self) -> &'static str {
        match self {
            PrincipalUse::Passed => "passed",
            PrincipalUse::ServiceLinkedRole => "slr",
            PrincipalUse::CalledVia => "calledvia",
            PrincipalUse::Compute => "compute",
            PrincipalUse::Calls => "calls",
        }
    }
}

impl ServicePrincipal {
    /// The name without a region: `logs.amazonaws.com`.
    pub fn name(self) -> &'static str {
        self.read().name.get()
    }

    /// How AWS's own policies use it; empty where they do not.
    pub fn uses(self) -> impl Iterator<Item = PrincipalUse> + Clone {
        let uses = self.read().uses;
        PrincipalUse::ALL.into_iter().zip(0..).filter(move |(_, bit)| uses >> bit & 1 == 1).map(|(use_, _)| use_)
    }

    fn read(self) -> PrincipalRow {
        PrincipalRow::read(self.row)
    }
}

impl fmt::Debug for ServicePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServicePrincipal({})", self.name())
    }
}

/// The service principal of this name. Case does not count.
///
/// The forms of one region and of China's partition are known by rule: `logs.eu-west-1.amazonaws.com` and
/// `ec2.amazonaws.com.cn` are those of `logs.amazonaws.com` and `ec2.amazonaws.com` (IAM User Guide, "AWS JSON policy
/// elements: Principal").
pub fn service_principal(name: &str) -> Option<ServicePrincipal> {
    let known = |name: &str| find(TABLES.principals, name, |row| PrincipalRow::read(row).name.get()).map(|row| ServicePrincipal { row });
    known(name).or_else(|| known(&global_name(name)?))
}

/// The name without its region and without the partition's end: `logs.amazonaws.com` for `logs.eu-west-1.amazonaws.com.cn`. None for
/// what is no service principal of this form.
pub(super) fn global_name(name: &str) -> Option<String> {
    let whole = strip_end(name, ".cn").unwrap_or(name);
    let service = strip_end(whole, ".amazonaws.com")?;
    let global = service.rsplit_once('.').filter(|(_, region)| is_region(region)).map_or(service, |(global, _)| global);
    Some(format!("{global}.amazonaws.com"))
}

/// Every service principal that the sources know, by name.
pub fn service_principals() -> impl Iterator<Item = ServicePrincipal> + Clone {
    TABLES.principals.iter().map(|row| ServicePrincipal { row })
}

/// The service principal that a wrong name means; nothing for one that may well be right: no list has them all.
///
/// There is evidence in a wrong end (`ec2.amazon.com`, `lambda`), and in wrong letters of a long name (`lamda.amazonaws.com`).
pub fn meant_service_principal(name: &str) -> Option<&'static str> {
    if service_principal(name).is_some() {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    match ENDS.iter().find_map(|end| strip_end(&lower, end)) {
        Some(service) => nearest(service),
        None => {
            let wrong = WRONG_ENDS.iter().find_map(|end| strip_end(&lower, end));
            let service = wrong.or_else(|| misspelt_end(&lower)).unwrap_or(&lower);
            service_principal(&format!("{service}.amazonaws.com")).map(ServicePrincipal::name)
        }
    }
}

/// The ends that service principals have, in all partitions.
const ENDS: &[&str] = &[
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".aws.internal",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

/// Ends that people write instead.
const WRONG_ENDS: &[&str] = &[".aws.amazon.com", ".amazon.com", ".amazonaws", ".aws.com", ".aws"];

/// What stands before a misspelt `.amazonaws.com`.
fn misspelt_end(name: &str) -> Option<&str> {
    let dots = name.match_indices('.').map(|(at, _)| at);
    let mut splits = dots.filter_map(|at| name.split_at_checked(at));
    splits.find(|(_, end)| slips(end, ".amazonaws.com").is_some()).map(|(service, _)| service)
}

/// The principal that differs in some letters from `service` and `.amazonaws.com`.
fn nearest(service: &str) -> Option<&'static str> {
    let near = service_principals().filter_map(|principal| {
        let known = strip_end(principal.name(), ".amazonaws.com")?;
        Some((slips_of(service, known)?, principal.name()))
    });
    near.min().map(|(_, name)| name)
}

/// The wrong letters in one of the words between the dots: one in five, and at most two.
fn slips_of(unknown: &str, known: &str) -> Option<usize> {
    if unknown.split('.').count() != known.split('.').count() {
        return None;
    }
    let mut differing = unknown.split('.').zip(known.split('.')).filter(|(one, other)| one != other);
    let (Some((unknown, known)), None) = (differing.next(), differing.next()) else { return None };
    // A name with a version may be a newer service's, and one that goes on a service's part.
    let longer = unknown.len().abs_diff(known.len());
    let goes_on = longer > 1 && (unknown.starts_with(known) || known.starts_with(unknown));
    let tells = !goes_on && unversioned(unknown) != unversioned(known);
    // A finding rests on it, and there are `transfer` and `transform`.
    slips(unknown, known).filter(|slips| tells && *slips <= 2 && slips * 5 <= unknown.len().min(known.len()))
}

/// `inspector` of `inspector2`, `mediapackage` of `mediapackagev2`.
fn unversioned(name: &str) -> &str {
    let stem = name.trim_end_matches(|last: char| last.is_ascii_digit());
    if stem.len() < name.len() { stem.strip_suffix('v').unwrap_or(stem) } else { stem }
}

fn strip_end<'n>(name: &'n str, end: &str) -> Option<&'n str> {
    let (head, tail) = name.split_at_checked(name.len().checked_sub(end.len())?)?;
    tail.eq_ignore_ascii_case(end).then_some(head)
}

/// Whether this is the form of a region: `us-east-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let mut words = text.split('-');
    let letters = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let start = words.next().is_some_and(|word| word.len() == 2 && letters(word));
    let end = words.next_back().is_some_and(|word| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let mut between = words.peekable();
    start && end && between.peek().is_some() && between.all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_by_a_name_that_no_service_has() {
        let meant = [
            ("lamda.amazonaws.com", "lambda.amazonaws.com"),
            ("Lamdba.amazonaws.com", "lambda.amazonaws.com"),
            ("ec2.amazon.com", "ec2.amazonaws.com"),
            ("ec2.aws.amazon.com", "ec2.amazonaws.com"),
            ("lambda", "lambda.amazonaws.com"),
            ("ecs-tasks.amazonws.com", "ecs-tasks.amazonaws.com"),
            ("ecs-task.amazonaws.com", "ecs-tasks.amazonaws.com"),
            ("ecs-tasks.amazonaws.con", "ecs-tasks.amazonaws.com"),
            ("cloudformations.amazonaws.com", "cloudformation.amazonaws.com"),
            ("delivery.logs.amazonaws.co", "delivery.logs.amazonaws.com"),
        ];
        for (name, expected) in meant {
            assert_eq!(meant_service_principal(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn nothing_is_meant_by_one_that_may_be_right() {
        let fine = [
            "lambda.amazonaws.com",
            "LAMBDA.amazonaws.com",
            "logs.eu-west-1.amazonaws.com",
            "ec2.amazonaws.com.cn",
            "brand-new-thing.amazonaws.com",
            "inspector3.amazonaws.com",
            "mediapackagev2.amazonaws.com",
            "cloudformation-x.amazonaws.com",
            "efs.application-autoscaling.amazonaws.com",
            "sss.amazonaws.com",
            "transfomer.amazonaws.com",
            "lambda.aws.internal",
            "example.com",
            "",
            ".",
            ".amazonaws.com",
        ];
        for name in fine {
            assert_eq!(meant_service_principal(name), None, "{name}");
        }
    }
}
