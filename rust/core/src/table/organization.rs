//! An organization: its tree, the policies on it, and where each account stands.

use super::Table;
use super::account::{Account, Target};
use super::build::{BuildError, Compiler, invalid};
use crate::arn;
use crate::document::PolicyKind;
use crate::persistent::Slots;
use crate::policies::PolicyList;
use crate::profile::ServiceProfile;
use std::collections::HashMap;

/// A root, organizational unit or account of an organization.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct TargetInput<'i> {
    pub id: &'i str,
    pub parent: Option<&'i str>,
    pub scps: Vec<&'i str>,
    pub rcps: Vec<&'i str>,
}

/// An organization as the snapshot has it; policies are ids and texts.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct OrganizationInput<'i> {
    pub id: &'i str,
    pub management_account: &'i str,
    pub targets: Vec<TargetInput<'i>>,
    pub scps: Vec<(&'i str, &'i str)>,
    pub rcps: Vec<(&'i str, &'i str)>,
    pub scp_enabled: bool,
    pub rcp_enabled: bool,
}

impl Table {
    pub(super) fn put_organization(
        &mut self,
        input: Option<&OrganizationInput<'_>>,
        compiler: &mut Compiler,
    ) -> Result<(), BuildError> {
        let mut targets = Slots::default();
        let mut placed: Vec<Account> = Vec::new();
        if let Some(input) = input {
            let scps = self.compile_organization(&input.scps, PolicyKind::Scp, compiler)?;
            let rcps = self.compile_organization(&input.rcps, PolicyKind::Rcp, compiler)?;
            let mut numbers: HashMap<&str, u32> = HashMap::new();
            for target in &input.targets {
                let lists = Target {
                    scps: self.attached(&target.scps, &scps, target.id)?,
                    rcps: self.attached(&target.rcps, &rcps, target.id)?,
                };
                if numbers.insert(target.id, targets.push(lists)).is_some() {
                    return Err(invalid(format!("`{}` is in the organization twice", target.id)));
                }
            }
            for target in input.targets.iter().filter(|target| arn::is_account(target.id)) {
                placed.push(place(target, input, &numbers)?);
            }
        }
        let outside: Vec<Account> = self.accounts.iter().map(|account| account.taken_out()).collect();
        for account in outside {
            self.replace_account(account);
        }
        for account in placed {
            let known = self.account(&account.id).cloned().unwrap_or_else(|| Account::outside(&account.id));
            self.replace_account(Account {
                partition: known.partition,
                canonical_id: known.canonical_id,
                is_held: known.is_held,
                ..account
            });
        }
        self.targets = targets;
        Ok(())
    }

    fn compile_organization<'i>(
        &mut self,
        policies: &[(&'i str, &'i str)],
        kind: PolicyKind,
        compiler: &mut Compiler,
    ) -> Result<HashMap<&'i str, u32>, BuildError> {
        let mut numbers = HashMap::new();
        for (id, text) in policies {
            let policy = compiler.compile(id, text, kind, &ServiceProfile::default(), &self.registry)?;
            let number = self.add_policy(policy);
            if numbers.insert(*id, number).is_some() {
                return Err(invalid(format!("policy `{id}` is in the organization twice")));
            }
        }
        Ok(numbers)
    }

    fn attached(&self, ids: &[&str], known: &HashMap<&str, u32>, target: &str) -> Result<PolicyList, BuildError> {
        let number = |id: &&str| {
            known.get(id).copied().ok_or_else(|| {
                invalid(format!("`{target}`: policy `{id}` is not among the organization's policies of its type"))
            })
        };
        let numbers = ids.iter().map(number).collect::<Result<Vec<u32>, _>>()?;
        Ok(PolicyList::new(numbers, &self.policies))
    }
}

/// An account's place in the organization.
fn place(
    target: &TargetInput<'_>,
    input: &OrganizationInput<'_>,
    numbers: &HashMap<&str, u32>,
) -> Result<Account, BuildError> {
    let mut chain = vec![target.id];
    let mut current = target;
    while let Some(parent) = current.parent {
        if chain.contains(&parent) {
            return Err(invalid(format!("`{parent}` stands above itself in the organization")));
        }
        chain.push(parent);
        current = input
            .targets
            .iter()
            .find(|target| target.id == parent)
            .ok_or_else(|| invalid(format!("`{}`: parent `{parent}` is not in the organization", current.id)))?;
    }
    if !current.id.starts_with("r-") {
        return Err(invalid(format!("`{}` does not stand under a root", target.id)));
    }
    chain.reverse();
    let levels: Box<[u32]> = chain.iter().filter_map(|id| numbers.get(id).copied()).collect();
    let above = chain.get(..chain.len() - 1).unwrap_or_default();
    let path: String = std::iter::once(input.id).chain(above.iter().copied()).map(|id| format!("{id}/")).collect();
    Ok(Account {
        organization: Some(input.id.into()),
        organization_path: Some(path.into()),
        manages_organization: input.management_account == target.id,
        scps: input.scp_enabled.then(|| levels.clone()),
        rcps: input.rcp_enabled.then_some(levels),
        ..Account::outside(target.id)
    })
}

impl Account {
    /// An account outside any organization of which nothing is held.
    pub(super) fn outside(id: &str) -> Self {
        Self {
            id: id.into(),
            partition: "".into(),
            canonical_id: None,
            is_held: false,
            organization: None,
            organization_path: None,
            manages_organization: false,
            scps: None,
            rcps: None,
        }
    }

    /// The same account after its organization is gone.
    fn taken_out(&self) -> Self {
        Self {
            partition: self.partition.clone(),
            canonical_id: self.canonical_id.clone(),
            is_held: self.is_held,
            ..Self::outside(&self.id)
        }
    }
}
