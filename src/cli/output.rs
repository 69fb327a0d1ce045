//! Where reports go beside standard output: `--output`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::nearest::did_you_mean;
use crate::project;
use crate::report::Format;

/// A file that a report is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    pub path: PathBuf,
}

/// Endings that say a format. The longest that fits counts.
const ENDINGS: &[(&str, Format)] = &[
    (".sarif.json", Format::Sarif),
    (".sarif", Format::Sarif),
    (".json", Format::Json),
    (".md", Format::Markdown),
    (".xml", Format::Junit),
];

/// Reads all values of the option: each is FORMAT=FILE, or a FILE whose ending says its format.
pub fn outputs(given: &[String]) -> Result<Vec<Output>, String> {
    let mut outputs: Vec<Output> = Vec::new();
    for text in given {
        let output = output(text).map_err(|reason| format!("--output {text}: {reason}"))?;
        if outputs.iter().any(|known| project::shown(&known.path) == project::shown(&output.path)) {
            return Err(format!("--output {text}: `{}` is named twice", project::shown(&output.path)));
        }
        outputs.push(output);
    }
    Ok(outputs)
}

fn output(text: &str) -> Result<Output, String> {
    let names = || Format::value_variants().iter().filter_map(ValueEnum::to_possible_value).map(|value| value.get_name().to_owned());
    let (format, file) = match text.split_once('=') {
        Some((name, file)) => {
            let names: Vec<String> = names().collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let format = Format::from_str(name, true).map_err(|_| format!("`{name}` is not a format{}", did_you_mean(name, &names)))?;
            (format, file)
        }
        None => {
            let ending = ENDINGS.iter().find(|(ending, _)| text.to_ascii_lowercase().ends_with(ending) && text.len() > ending.len());
            let said = ending.filter(|_| text != "-").map(|(_, format)| *format);
            (said.ok_or("the ending does not say a format: write FORMAT=FILE, or a file that ends in .json, .sarif, .md or .xml")?, text)
        }
    };
    match file {
        "" => Err("it names no file".to_owned()),
        "-" => Err("the report of --format goes to standard output already".to_owned()),
        _ if Path::new(file).is_dir() => Err(format!("`{file}` is a directory")),
        _ => Ok(Output { format, path: PathBuf::from(file) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_a_format_and_a_file() {
        let of = |text: &str| outputs(&[text.to_owned()]).map(|outputs| (outputs[0].format, outputs[0].path.display().to_string()));
        assert_eq!(of("a.sarif"), Ok((Format::Sarif, "a.sarif".to_owned())));
        assert_eq!(of("a.SARIF.json"), Ok((Format::Sarif, "a.SARIF.json".to_owned())));
        assert_eq!(of("a.md"), Ok((Format::Markdown, "a.md".to_owned())));
        assert_eq!(of("a.XML"), Ok((Format::Junit, "a.XML".to_owned())));
        assert_eq!(of("JSON=x/a"), Ok((Format::Json, "x/a".to_owned())));
        assert_eq!(of("concise=a=b"), Ok((Format::Concise, "a=b".to_owned())));
        let wrong = |text: &str| of(text).unwrap_err();
        assert!(wrong("report.txt").contains("does not say a format"));
        assert!(wrong(".json").contains("does not say a format"));
        assert!(wrong("-").contains("does not say a format") || wrong("-").contains("standard output"));
        assert!(wrong("json=-").contains("standard output"));
        assert!(wrong("json=").contains("names no file"));
        assert!(wrong("sariff=x").contains("did you mean `sarif`?"));
        let twice = outputs(&["json=./a".to_owned(), "sarif=a".to_owned()]).unwrap_err();
        assert!(twice.contains("`a` is named twice"), "{twice}");
    }
}
