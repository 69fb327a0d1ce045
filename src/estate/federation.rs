//! Identity providers of the estate: who may sign people and jobs in, and for which audiences.

use super::account::AccountRef;
use crate::eval::value::{Kind, Value};
use crate::eval::{Evaluator, Resource};
use crate::policy::arn::Arn;
use crate::policy::federation::{IdentityProvider, Issuer};
use crate::policy::lower::item;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, Place, Principal};
use crate::source::Span;
use crate::terraform::ResourceMode;

/// An identity provider that the estate makes.
#[derive(Clone, Debug)]
pub struct Provider {
    /// `Unknown` is none of them.
    pub identity_provider: IdentityProvider,
    /// As Terraform writes it.
    pub address: String,
    /// The block's kind and labels.
    pub header: Span,
    pub account: AccountRef,
    /// As roles name it, with holes for what is not known.
    pub arn: Option<Pattern>,
    /// The tokens of OpenID Connect that it takes: `client_id_list`.
    pub audiences: Option<Values>,
    /// `thumbprint_list`, where there is one.
    pub thumbprints: Option<Values>,
}

/// The values of an argument that is a list.
#[derive(Clone, Debug)]
pub struct Values {
    /// The list.
    pub place: Place,
    pub items: Vec<Item>,
    /// Whether these are all, and each is known.
    pub complete: bool,
}

const OPEN_ID_CONNECT: &str = "aws_iam_openid_connect_provider";
const SAML: &str = "aws_iam_saml_provider";

/// Whether a resource is an identity provider.
pub(super) fn is_provider(mode: ResourceMode, kind: &str) -> bool {
    mode == ResourceMode::Managed && matches!(kind, OPEN_ID_CONNECT | SAML)
}

impl Provider {
    pub(super) fn of(evaluator: &Evaluator, resource: &Resource, account: AccountRef) -> Option<Provider> {
        if !is_provider(resource.mode, &resource.kind) {
            return None;
        }
        let arn = item(&evaluator.attribute(resource.lazy, "arn"), Mode::LITERAL).map(|item| item.pattern);
        let values = |argument| Some(Values::of(&evaluator.configured_attribute(resource.lazy, argument)?));
        let identity_provider = match &*resource.kind {
            SAML => IdentityProvider::Saml,
            _ => IdentityProvider::OpenIdConnect(arn.as_ref().and_then(Issuer::of_arn).unwrap_or_else(Issuer::unknown)),
        };
        Some(Provider {
            identity_provider,
            address: resource.address.clone(),
            header: resource.header,
            account,
            arn,
            audiences: values("client_id_list"),
            thumbprints: values("thumbprint_list"),
        })
    }

    pub fn issuer(&self) -> Option<&Issuer> {
        match &self.identity_provider {
            IdentityProvider::OpenIdConnect(issuer) => Some(issuer),
            _ => None,
        }
    }

    /// Whether it certainly is the one that a principal names: by its ARN, or by its issuer where the accounts may be one and the same.
    /// An account has one provider for each issuer.
    pub fn is_named_by(&self, principal: &Principal, issuer: &Issuer) -> bool {
        let both = self.issuer().and_then(Issuer::exact).zip(issuer.exact());
        // To compare ARNs takes long, and an estate may have many providers.
        if both.is_some_and(|(own, named)| own != named) {
            return false;
        }
        if self.arn.as_ref().is_some_and(|arn| arn.includes(&principal.item.pattern, Case::Sensitive).certainly()) {
            return true;
        }
        let Some((own, named)) = both else { return false };
        let elsewhere = || {
            let account = Arn::split(&principal.item.pattern).map(|arn| AccountRef::of(&arn.account)).unwrap_or_default();
            matches!((self.account.number(), account.number()), (Some(own), Some(other)) if own != other)
        };
        own == named && !elsewhere()
    }
}

impl Values {
    fn of(value: &Value) -> Values {
        let mut values = Values { place: Place { span: value.span, way: value.way.clone() }, items: Vec::new(), complete: true };
        match &value.kind {
            Kind::List(list) => {
                let items = list.items.iter().map(|part| item(&part.clone().out_of(&value.way), Mode::LITERAL));
                let known: Vec<Option<Item>> = items.collect();
                values.complete = list.more.is_none() && known.iter().all(|item| item.as_ref().is_some_and(|item| item.pattern.is_exact()));
                values.items = known.into_iter().flatten().collect();
            }
            Kind::Null => {}
            _ => values.complete = false,
        }
        values
    }

    /// Whether `text` is one of them: unknown where one that is not known may be it.
    pub fn has(&self, text: &str) -> Option<bool> {
        let found = self.items.iter().any(|item| item.pattern.as_exact() == Some(text));
        if found || self.complete { Some(found) } else { None }
    }
}
