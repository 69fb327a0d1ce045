//! The tags of a resource: its own, and those that its provider gives to all ("default_tags" of the AWS provider).

use std::sync::Arc;

use super::evaluator::Evaluator;
use super::resource::Resource;
use super::value::{Kind, Object, Value};

/// What source says of a resource's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The last one of a name counts; one without a value has some that is not known.
    known: Vec<(Arc<str>, Option<Arc<str>>)>,
    /// Whether these are all.
    is_complete: bool,
}

/// Of one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    Value(Arc<str>),
    Absent,
    Unknown,
}

impl Tags {
    /// What a resource has of one; its name has no case in conditions (IAM User Guide, "Controlling access to AWS resources using tags").
    pub fn get(&self, name: &str) -> Tag {
        let known = self.known.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match known {
            Some((_, Some(value))) => Tag::Value(Arc::clone(value)),
            None if self.is_complete => Tag::Absent,
            _ => Tag::Unknown,
        }
    }

    fn add(&mut self, tags: Option<&Value>) {
        let object = match tags.map(|tags| &tags.kind) {
            None | Some(Kind::Null) => return,
            Some(Kind::Object(object)) => object,
            Some(_) => return self.is_complete = false,
        };
        let Object { entries, more, .. } = &**object;
        self.known
            .extend(entries.iter().map(|entry| (Arc::clone(&entry.key), entry.value.known_string().map(|text| text.as_ref().into()))));
        self.is_complete &= more.is_none();
    }
}

impl Evaluator<'_> {
    /// The tags of a resource that has such an argument.
    pub fn tags(&self, resource: &Resource) -> Tags {
        let mut tags = Tags { known: Vec::new(), is_complete: true };
        let of_provider = self.provider_block(&resource.provider, |block, scope| self.configured(&block.body, "default_tags", scope));
        for block in of_provider.flatten().iter().flat_map(|blocks| blocks.as_list().map(|list| list.items.clone()).unwrap_or_default()) {
            match &block.kind {
                Kind::Object(object) => tags.add(object.get("tags")),
                _ => tags.is_complete = false,
            }
        }
        tags.add(self.configured_attribute(resource.lazy, "tags").as_ref());
        tags
    }
}
