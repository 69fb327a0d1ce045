//! What CI says of the checkout that a run works in.

use std::path::{Path, PathBuf};

use crate::project;
use crate::report::{Checkout, Format, Options};

/// For the formats that others show beside a change.
pub struct Surroundings {
    github: Option<Checkout>,
    gitlab: Option<Checkout>,
    /// Where GitHub shows the commit's files.
    blob: Option<String>,
}

impl Surroundings {
    pub fn look() -> Surroundings {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let blob = || Some(format!("{}/{}/blob/{}", set("GITHUB_SERVER_URL")?, set("GITHUB_REPOSITORY")?, set("GITHUB_SHA")?));
        Surroundings { github: checkout(set("GITHUB_WORKSPACE")), gitlab: checkout(set("CI_PROJECT_DIR")), blob: blob() }
    }

    /// The same options with what a format wants to know.
    pub fn tell<'a>(&'a self, format: Format, options: Options<'a>) -> Options<'a> {
        let checkout = match format {
            Format::Github | Format::Markdown => self.github.as_ref(),
            Format::Gitlab | Format::Junit => self.gitlab.as_ref(),
            Format::Full | Format::Concise | Format::Json | Format::Sarif => None,
        };
        Options { checkout, blob: self.blob.as_deref(), ..options }
    }
}

/// The directory that CI names, if the current one is inside; else the repository that the current directory is in.
fn checkout(said: Option<String>) -> Option<Checkout> {
    let here = Path::new(".").canonicalize().ok()?;
    let said = said.and_then(|top| PathBuf::from(top).canonicalize().ok()).filter(|top| here.starts_with(top));
    let top = said.or_else(|| project::containing_root(Path::new(".")))?;
    // Windows writes what is canonical as `\\?\C:\work`.
    let slashes = |path: &Path| path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/").trim_start_matches("//?/").to_owned();
    Some(Checkout { top: slashes(&top), here: slashes(&here) })
}
