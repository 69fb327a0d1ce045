//! Where the configuration file is, and what of the environment counts beside it.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::{self, Config};
use crate::project;
use crate::source::{File, FileKind, NoFiles, Sources};
use crate::terraform::{DATA_DIRECTORY, normalise};

/// A configuration is a page or two. A larger file is something else, and may never end.
const LARGEST_CONFIGURATION: u64 = 1 << 20;

/// TF_DATA_DIR, where it names a directory below each root module. An absolute one is of one root module, and nobody says which.
pub fn data_directory() -> String {
    let given = std::env::var("TF_DATA_DIR").ok().filter(|given| !given.is_empty() && Path::new(given).is_relative());
    given.map_or_else(|| DATA_DIRECTORY.to_owned(), |given| normalise("", &given.replace(std::path::MAIN_SEPARATOR, "/")))
}

/// The configuration file, read before the sources are.
pub struct Configuration {
    file: Option<(PathBuf, Vec<u8>)>,
}

impl Configuration {
    /// The file that is named, else the nearest one upward from where the analysis starts.
    pub fn find(named: Option<&Path>, none: bool, start: Option<&Path>) -> Result<Configuration, String> {
        let path = match (named, none) {
            (_, true) => None,
            (Some(path), false) => Some(path.to_path_buf()),
            (None, false) => nearest_configuration(start.unwrap_or(Path::new(".")))?,
        };
        let Some(path) = path else { return Ok(Configuration { file: None }) };
        match read_configuration(&path) {
            Ok(bytes) => Ok(Configuration { file: Some((path, bytes)) }),
            Err(reason) => Err(format!("cannot read the configuration `{}`: {reason}", project::shown(&path))),
        }
    }
}

fn read_configuration(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    // Counted while reading: a pipe or a device has no length.
    file.take(LARGEST_CONFIGURATION + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST_CONFIGURATION {
        return Err("it is larger than 1 MiB".to_owned());
    }
    Ok(bytes)
}

/// `.rolelint.hcl` in the directory that is analysed or upward, as far as the repository goes. Nobody named it,
/// so it must not lead to where the repository's own files do not.
fn nearest_configuration(start: &Path) -> Result<Option<PathBuf>, String> {
    let Some(start) = project::directory_of(start) else { return Ok(None) };
    for directory in start.ancestors() {
        let path = directory.join(project::CONFIGURATION);
        let shown = || project::shown(&path);
        project::check_found(&path)
            .map_err(|reason| format!("the configuration `{}` is not read: {reason}; name it with --config if you want it", shown()))?;
        if path.is_file() {
            return Ok(Some(path));
        }
        if directory.join(".git").exists() {
            return Ok(None);
        }
    }
    Ok(None)
}

impl Configuration {
    pub fn parse(&self, sources: &Sources) -> Config {
        let Some((path, bytes)) = &self.file else { return Config::default() };
        let file = sources.add(File::new(project::shown(path), FileKind::Other, bytes.clone()));
        config::parse(sources, file)
    }

    /// `exclude` of the configuration, relative to where the file is.
    pub fn exclude(&self) -> Vec<String> {
        let Some((path, _)) = &self.file else { return Vec::new() };
        let sources = Sources::new(Box::new(NoFiles));
        let directory = path.parent().map(project::shown).unwrap_or_default();
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        self.parse(&sources).exclude.iter().map(|glob| format!("{prefix}{glob}")).collect()
    }
}
