//! Encodes what is known of policies and of who holds them: AWS's own policies, service principals, escalations.

use std::collections::BTreeMap;

use super::canonical::document;
use super::{Writer, input, number, place, sorted};
use crate::catalog::escalation::{EscalationKind, SensitiveKind};
use crate::catalog::frames;
use crate::catalog::layout::{
    ADMIN, COMPUTED, DEPRECATED, EscalationRow, IAM_FULL, ManagedRow, NO_DOCUMENT, NOT_ACTION, PATH_KNOWN, POWER, PrincipalRow,
    SensitiveRow, Text,
};
use crate::catalog::principal::PrincipalUse;

/// Documents in a frame. More take less space (16: 451 KB, 64: 377 KB with zstd) and longer to decode.
const IN_A_FRAME: usize = 16;

/// What ARNs of AWS's own policies start with in the tables.
const ARN_START: &str = "arn:aws:iam::aws:policy";

impl Writer {
    /// The rows of AWS's own policies; gives the file of their documents.
    pub fn managed(&mut self, managed: &input::Managed, documents: &input::Documents) -> Result<Vec<u8>, String> {
        if let Some(name) = documents.documents.keys().find(|name| !managed.policies.contains_key(*name)) {
            return Err(format!("{name} has a document and is no managed policy"));
        }
        let mut frames: Vec<String> = Vec::new();
        let mut count = 0;
        for (name, policy) in sorted(&managed.policies) {
            let mut row = self.policy(name, policy).map_err(|why| format!("{name}: {why}"))?;
            if let Some(value) = documents.documents.get(name) {
                if count % IN_A_FRAME == 0 {
                    frames.push(String::new());
                }
                count += 1;
                let text = document(value);
                row.frame = number(frames.len() - 1)?;
                let frame = frames.last_mut().ok_or("no frame")?;
                row.start = u32::try_from(frame.len()).map_err(|_| "a frame over 4 GiB")?;
                row.length = u32::try_from(text.len()).map_err(|_| "a document over 4 GiB")?;
                frame.push_str(&text);
            }
            row.write(&mut self.managed);
        }
        frames::write(&frames)
    }

    fn policy(&mut self, name: &str, policy: &input::ManagedIn) -> Result<ManagedRow, String> {
        let path = policy.arn.as_deref().map(|arn| {
            let path = arn.strip_prefix(ARN_START).and_then(|rest| rest.strip_suffix(name));
            path.filter(|path| path.ends_with('/')).ok_or_else(|| format!("{arn} is not its ARN"))
        });
        let path = path.transpose()?;
        let mut flags = if policy.deprecated == 1 { DEPRECATED } else { 0 };
        flags |= if path.is_some() { PATH_KNOWN } else { 0 };
        flags |= if policy.levels.is_some() { COMPUTED } else { 0 };
        for flag in &policy.flags {
            flags |= match flag.as_str() {
                "admin" => ADMIN,
                "iam_full" => IAM_FULL,
                "power" => POWER,
                "not_action" => NOT_ACTION,
                other => return Err(format!("unknown flag {other}")),
            };
        }
        let mut levels = 0;
        for letter in policy.levels.as_deref().unwrap_or("").chars() {
            levels |= 1 << super::level(letter.encode_utf8(&mut [0; 4]))?;
        }
        let escalations: Result<Vec<u16>, String> = policy.privesc.iter().map(|id| self.escalation_number(id)).collect();
        Ok(ManagedRow {
            name: self.text.add(name)?,
            path: self.text.add(path.unwrap_or(""))?,
            version: self.text.add(policy.v.as_deref().unwrap_or(""))?,
            updated: self.text.add(policy.updated.as_deref().unwrap_or(""))?,
            actions: policy.n_actions.unwrap_or(0),
            services: self.text_set(&policy.full_services)?,
            unmatched: self.text_set(&policy.unmatched)?,
            escalations: self.key_sets.add(escalations?)?,
            frame: NO_DOCUMENT,
            start: 0,
            length: 0,
            flags,
            levels,
        })
    }

    fn escalation_number(&self, id: &str) -> Result<u16, String> {
        self.escalation_numbers.get(id).copied().ok_or_else(|| format!("no minimal escalation {id}"))
    }

    /// The minimal sets. Who has more than one of those needs no more.
    pub fn escalations(&mut self, escalations: &input::Escalations) -> Result<(), String> {
        let mut minimal: Vec<_> = escalations.paths.iter().filter(|path| path.min).collect();
        minimal.sort_by_key(|path| path.id.as_str());
        for (at, path) in minimal.into_iter().enumerate() {
            if self.escalation_numbers.insert(path.id.clone(), number(at)?).is_some() {
                return Err(format!("two minimal escalations are called {}", path.id));
            }
            let kind = EscalationKind::ALL.into_iter().find(|kind| kind.name() == path.category);
            let row = EscalationRow {
                id: self.text.add(&path.id)?,
                label: self.text.add(&path.label)?,
                actions: self.text_set(&path.required)?,
                passed_to: self.text_set(&path.passed_to)?,
                kind: place(&EscalationKind::ALL, kind.ok_or_else(|| format!("unknown category {}", path.category))?)?,
            };
            row.write(&mut self.escalations);
        }
        Ok(())
    }

    pub fn sensitive(&mut self, escalations: &input::Escalations) -> Result<(), String> {
        let mut actions: BTreeMap<String, (&str, u8)> = BTreeMap::new();
        for (list, names) in &escalations.sensitive_actions {
            let kind = match list.as_str() {
                "CredentialExposure" => SensitiveKind::CredentialExposure,
                "DataAccess" => SensitiveKind::DataAccess,
                "PrivEsc" => SensitiveKind::PrivilegeEscalation,
                "ResourceExposure" => SensitiveKind::ResourceExposure,
                other => return Err(format!("unknown list of sensitive actions {other}")),
            };
            for name in names {
                actions.entry(name.to_ascii_lowercase()).or_insert((name, 0)).1 |= 1 << place(&SensitiveKind::ALL, kind)?;
            }
        }
        for (name, kinds) in actions.into_values() {
            SensitiveRow { action: self.text.add(name)?, kinds }.write(&mut self.sensitive);
        }
        Ok(())
    }

    pub fn principals(&mut self, principals: &input::Principals) -> Result<(), String> {
        for (name, principal) in sorted(&principals.principals) {
            let name: Text = self.text.add(name)?;
            let mut uses = 0;
            for word in &principal.uses {
                let known = PrincipalUse::ALL.into_iter().find(|known| known.name() == word);
                uses |= 1 << place(&PrincipalUse::ALL, known.ok_or_else(|| format!("unknown use {word} of a principal"))?)?;
            }
            PrincipalRow { name, uses }.write(&mut self.principals);
        }
        Ok(())
    }
}
