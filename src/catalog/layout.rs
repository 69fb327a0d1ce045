//! The layout of `reference.bin` and `reference.txt`: fixed rows that are read where they lie.
//!
//! `reference.txt` is every name end to end. `reference.bin` is little-endian: the magic, a version, the end offset of
//! each section, the sections. The compiler cuts it into tables, so nothing is parsed, allocated or relocated at start.
//! A file that does not fit gives empty tables rather than a build error, or nobody could build the generator that
//! writes the right one; a test compares the committed files with the JSON in `data/catalog`. The documents of AWS's own
//! policies lie compressed in a third file (`frames.rs`).

/// First eight bytes of `reference.bin`: magic and version. A new layout takes a new version.
pub const MAGIC: [u8; 8] = *b"IAMR\x03\0\0\0";
/// Number of sections, in the order of the fields of [`Tables`].
pub const SECTIONS: usize = 18;
/// Bytes before the first section.
pub const HEADER: usize = MAGIC.len() + 4 * SECTIONS;

/// An action whose resources are not known: it came from the top-up source.
pub const RESOURCES_UNKNOWN: u16 = 1;
/// An action or service that only the top-up source has.
pub const TOP_UP: u8 = 1 << 3;
/// A source other than the base calls the action permissions management.
pub const ALSO_PERMISSIONS: u8 = 1 << 4;
/// The service supports resource control policies.
pub const RCP: u8 = 1;
/// A condition key that holds several values in one request.
pub const MULTI: u8 = 1;
/// Where a key's category stands in its flags: none is 0, otherwise its place plus one.
pub const CATEGORY_SHIFT: u8 = 1;
/// An account of AWS itself, in the flags of an [`AccountRow`].
pub const AWS_OWNED: u8 = 1;
/// An account that its owner no longer uses.
pub const RETIRED: u8 = 1 << 1;

/// Flags of a [`ManagedRow`]: AWS lists the policy no more, or attaches it to nothing new.
pub const DEPRECATED: u8 = 1;
/// Its path is known, and so its ARN.
pub const PATH_KNOWN: u8 = 1 << 1;
/// What follows from its document was computed: levels, flags, services, escalations.
pub const COMPUTED: u8 = 1 << 2;
pub const ADMIN: u8 = 1 << 3;
pub const IAM_FULL: u8 = 1 << 4;
pub const POWER: u8 = 1 << 5;
pub const NOT_ACTION: u8 = 1 << 6;
/// The frame number of a managed policy whose document is not known.
pub const NO_DOCUMENT: u16 = u16::MAX;

static FILE: &[u8] = include_bytes!("reference.bin");
static TEXT: &str = include_str!("reference.txt");

/// The tables of the embedded file.
pub static TABLES: Tables = Tables::read(FILE);

/// A name in `reference.txt`: byte offset (24 bits) and length in bytes (8 bits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text(pub u32);

impl Text {
    /// The name, or nothing when the two files do not belong together.
    pub fn get(self) -> &'static str {
        let start = (self.0 >> 8) as usize;
        let end = start + (self.0 & 0xff) as usize;
        TEXT.get(start..end).unwrap_or("")
    }
}

/// Rows of each section. A set is named by its number: its members are `items[offsets[n]..offsets[n + 1]]`.
pub struct Tables {
    /// Sorted by prefix.
    pub services: &'static [[u8; ServiceRow::SIZE]],
    /// Grouped by service, sorted by lower-case name within each.
    pub actions: &'static [[u8; ActionRow::SIZE]],
    /// Grouped by service, sorted by lower-case name within each.
    pub resources: &'static [[u8; ResourceRow::SIZE]],
    /// Every condition key once, sorted by lower-case name. A key's number is its place here.
    pub keys: &'static [[u8; KeyRow::SIZE]],
    /// Claims that every OpenID Connect provider has, sorted by name.
    pub claims: &'static [[u8; KeyRow::SIZE]],
    /// Numbers (`u16`) of the keys whose name holds a placeholder.
    pub pattern_keys: &'static [[u8; 2]],
    pub key_set_offsets: &'static [[u8; 4]],
    /// Key numbers (`u16`), ascending within a set. Set 0 is empty.
    pub key_set_items: &'static [[u8; 2]],
    pub link_set_offsets: &'static [[u8; 4]],
    /// Resource types of an action. Set 0 is empty (only `*`), set 1 is [`RESOURCES_UNKNOWN`].
    pub link_set_items: &'static [[u8; LinkRow::SIZE]],
    pub text_set_offsets: &'static [[u8; 4]],
    /// Names: ARN templates, dependent actions, regions. Set 0 is empty.
    pub text_set_items: &'static [[u8; 4]],
    /// Retired actions as `prefix:Name`, sorted by lower-case name.
    pub retired: &'static [[u8; 4]],
    /// Sorted by account id.
    pub accounts: &'static [[u8; AccountRow::SIZE]],
    /// AWS's own policies, sorted by lower-case name.
    pub managed: &'static [[u8; ManagedRow::SIZE]],
    /// Service principals, sorted by name.
    pub principals: &'static [[u8; PrincipalRow::SIZE]],
    /// Sorted by id. The number of one is its place here; sets of them are key sets.
    pub escalations: &'static [[u8; EscalationRow::SIZE]],
    /// Sensitive actions, sorted by lower-case name.
    pub sensitive: &'static [[u8; SensitiveRow::SIZE]],
}

impl Tables {
    pub const fn read(file: &'static [u8]) -> Tables {
        Tables {
            services: rows(file, 0),
            actions: rows(file, 1),
            resources: rows(file, 2),
            keys: rows(file, 3),
            claims: rows(file, 4),
            pattern_keys: rows(file, 5),
            key_set_offsets: rows(file, 6),
            key_set_items: rows(file, 7),
            link_set_offsets: rows(file, 8),
            link_set_items: rows(file, 9),
            text_set_offsets: rows(file, 10),
            text_set_items: rows(file, 11),
            retired: rows(file, 12),
            accounts: rows(file, 13),
            managed: rows(file, 14),
            principals: rows(file, 15),
            escalations: rows(file, 16),
            sensitive: rows(file, 17),
        }
    }

    pub fn key_set(&self, set: u16) -> &'static [[u8; 2]] {
        members(self.key_set_offsets, self.key_set_items, set)
    }

    pub fn link_set(&self, set: u16) -> &'static [[u8; LinkRow::SIZE]] {
        members(self.link_set_offsets, self.link_set_items, set)
    }

    pub fn text_set(&self, set: u16) -> impl Iterator<Item = &'static str> + Clone + use<> {
        members(self.text_set_offsets, self.text_set_items, set).iter().map(|item| text(item).get())
    }
}

/// The name that a bare `u32` item points to.
pub fn text(item: &[u8; 4]) -> Text {
    Text(u32::from_le_bytes(*item))
}

fn members<T>(offsets: &[[u8; 4]], items: &'static [T], set: u16) -> &'static [T] {
    let offset = |at: usize| offsets.get(at).map(|bytes| u32::from_le_bytes(*bytes) as usize);
    let (Some(start), Some(end)) = (offset(set.into()), offset(usize::from(set) + 1)) else {
        return &[];
    };
    items.get(start..end).unwrap_or(&[])
}

/// The rows of one section, or none when the file is not of this layout.
const fn rows<const SIZE: usize>(file: &'static [u8], section: usize) -> &'static [[u8; SIZE]] {
    let Some((magic, rest)) = file.split_first_chunk::<8>() else {
        return &[];
    };
    if u64::from_le_bytes(*magic) != u64::from_le_bytes(MAGIC) {
        return &[];
    }
    let start = if section == 0 { Some(HEADER) } else { end_of(rest, section - 1) };
    let (Some(start), Some(end)) = (start, end_of(rest, section)) else {
        return &[];
    };
    let Some((head, _)) = file.split_at_checked(end) else {
        return &[];
    };
    let Some((_, body)) = head.split_at_checked(start) else {
        return &[];
    };
    body.as_chunks().0
}

/// Where a section ends in the file, in bytes.
const fn end_of(offsets: &[u8], section: usize) -> Option<usize> {
    let Some((_, tail)) = offsets.split_at_checked(4 * section) else {
        return None;
    };
    match tail.first_chunk::<4>() {
        Some(bytes) => Some(u32::from_le_bytes(*bytes) as usize),
        None => None,
    }
}

#[derive(Clone, Copy, Debug)]
pub struct ServiceRow {
    pub prefix: Text,
    pub name: Text,
    /// First row and number of rows.
    pub actions: (u16, u16),
    pub resources: (u16, u16),
    /// Number of a key set.
    pub keys: u16,
    /// [`RCP`] and [`TOP_UP`].
    pub flags: u8,
}

impl ServiceRow {
    pub const SIZE: usize = 20;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let [p0, p1, p2, p3, n0, n1, n2, n3, a0, a1, a2, a3, r0, r1, r2, r3, k0, k1, flags, _] = *row;
        let pair = |a, b, c, d| (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        ServiceRow {
            prefix: text(&[p0, p1, p2, p3]),
            name: text(&[n0, n1, n2, n3]),
            actions: pair(a0, a1, a2, a3),
            resources: pair(r0, r1, r2, r3),
            keys: u16::from_le_bytes([k0, k1]),
            flags,
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.prefix.0.to_le_bytes());
        out.extend(self.name.0.to_le_bytes());
        for (first, count) in [self.actions, self.resources] {
            out.extend(first.to_le_bytes());
            out.extend(count.to_le_bytes());
        }
        out.extend(self.keys.to_le_bytes());
        out.extend([self.flags, 0]);
    }
}

#[derive(Clone, Copy, Debug)]
pub struct ActionRow {
    pub name: Text,
    /// Number of a link set.
    pub resources: u16,
    /// Number of a key set.
    pub keys: u16,
    /// Number of a text set.
    pub dependents: u16,
    /// Bits 0 to 2 are the level (List, Read, Write, Tagging, Permissions as 0 to 4), then [`TOP_UP`] and
    /// [`ALSO_PERMISSIONS`].
    pub flags: u8,
}

impl ActionRow {
    pub const SIZE: usize = 12;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let [n0, n1, n2, n3, r0, r1, k0, k1, d0, d1, flags, _] = *row;
        ActionRow {
            name: text(&[n0, n1, n2, n3]),
            resources: u16::from_le_bytes([r0, r1]),
            keys: u16::from_le_bytes([k0, k1]),
            dependents: u16::from_le_bytes([d0, d1]),
            flags,
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.name.0.to_le_bytes());
        for number in [self.resources, self.keys, self.dependents] {
            out.extend(number.to_le_bytes());
        }
        out.extend([self.flags, 0]);
    }
}

#[derive(Clone, Copy, Debug)]
pub struct ResourceRow {
    pub name: Text,
    /// Number of a text set.
    pub arns: u16,
    /// Number of a key set.
    pub keys: u16,
}

impl ResourceRow {
    pub const SIZE: usize = 8;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let [n0, n1, n2, n3, a0, a1, k0, k1] = *row;
        ResourceRow { name: text(&[n0, n1, n2, n3]), arns: u16::from_le_bytes([a0, a1]), keys: u16::from_le_bytes([k0, k1]) }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.name.0.to_le_bytes());
        out.extend(self.arns.to_le_bytes());
        out.extend(self.keys.to_le_bytes());
    }
}

/// A resource type that an action works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkRow {
    /// Counted from the service's first resource type; under 2^15.
    pub resource: u16,
    pub required: bool,
    /// Number of the set of keys that are valid only with this type.
    pub keys: u16,
}

impl LinkRow {
    pub const SIZE: usize = 4;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let [r0, r1, k0, k1] = *row;
        let resource = u16::from_le_bytes([r0, r1]);
        LinkRow { resource: resource & 0x7fff, required: resource >> 15 == 1, keys: u16::from_le_bytes([k0, k1]) }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.resource | u16::from(self.required) << 15).to_le_bytes());
        out.extend(self.keys.to_le_bytes());
    }
}

#[derive(Clone, Copy, Debug)]
pub struct KeyRow {
    pub name: Text,
    /// Place in `KeyOrigin::ALL`.
    pub origin: u8,
    /// Place in `KeyType::ALL`.
    pub value: u8,
    /// A second type that the key accepts, as a place plus one; 0 is none.
    pub also: u8,
    pub flags: u8,
}

impl KeyRow {
    pub const SIZE: usize = 8;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let [n0, n1, n2, n3, origin, value, also, flags] = *row;
        KeyRow { name: text(&[n0, n1, n2, n3]), origin, value, also, flags }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.name.0.to_le_bytes());
        out.extend([self.origin, self.value, self.also, self.flags]);
    }
}

#[derive(Clone, Copy, Debug)]
pub struct AccountRow {
    /// Twelve decimal digits as a number, under 2^40.
    pub id: u64,
    pub flags: u8,
    pub name: Text,
    /// Number of a text set, as are the regions.
    pub also: u16,
    pub regions: u16,
}

impl AccountRow {
    pub const SIZE: usize = 14;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let [i0, i1, i2, i3, i4, flags, n0, n1, n2, n3, a0, a1, r0, r1] = *row;
        AccountRow {
            id: u64::from_le_bytes([i0, i1, i2, i3, i4, 0, 0, 0]),
            flags,
            name: text(&[n0, n1, n2, n3]),
            also: u16::from_le_bytes([a0, a1]),
            regions: u16::from_le_bytes([r0, r1]),
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        let [i0, i1, i2, i3, i4, ..] = self.id.to_le_bytes();
        out.extend([i0, i1, i2, i3, i4, self.flags]);
        out.extend(self.name.0.to_le_bytes());
        out.extend(self.also.to_le_bytes());
        out.extend(self.regions.to_le_bytes());
    }
}

/// Reads the fields of a row one after the other. Past the end all is zero.
struct Fields<'r>(&'r [u8]);

impl Fields<'_> {
    fn bytes<const COUNT: usize>(&mut self) -> [u8; COUNT] {
        let Some((head, rest)) = self.0.split_first_chunk() else { return [0; COUNT] };
        self.0 = rest;
        *head
    }

    fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.bytes())
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    fn text(&mut self) -> Text {
        Text(self.u32())
    }
}

/// A policy that AWS manages.
#[derive(Clone, Copy, Debug)]
pub struct ManagedRow {
    pub name: Text,
    /// `/service-role/`
    pub path: Text,
    /// `v2`, and the day of its last change; empty where not known.
    pub version: Text,
    pub updated: Text,
    /// Number of actions that it allows.
    pub actions: u16,
    /// Numbers of text sets: services wholly allowed, patterns that name no action.
    pub services: u16,
    pub unmatched: u16,
    /// Number of a key set of escalations.
    pub escalations: u16,
    /// Where its document is: the frame, and its bytes in what that decodes to.
    pub frame: u16,
    pub start: u32,
    pub length: u32,
    pub flags: u8,
    /// A bit for each access level.
    pub levels: u8,
}

impl ManagedRow {
    pub const SIZE: usize = 36;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let mut from = Fields(row);
        ManagedRow {
            name: from.text(),
            path: from.text(),
            version: from.text(),
            updated: from.text(),
            actions: from.u16(),
            services: from.u16(),
            unmatched: from.u16(),
            escalations: from.u16(),
            frame: from.u16(),
            start: from.u32(),
            length: from.u32(),
            flags: from.u8(),
            levels: from.u8(),
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        for text in [self.name, self.path, self.version, self.updated] {
            out.extend(text.0.to_le_bytes());
        }
        for number in [self.actions, self.services, self.unmatched, self.escalations, self.frame] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.start.to_le_bytes());
        out.extend(self.length.to_le_bytes());
        out.extend([self.flags, self.levels]);
    }
}

#[derive(Clone, Copy, Debug)]
pub struct PrincipalRow {
    pub name: Text,
    /// A bit for each place in `PrincipalUse::ALL`.
    pub uses: u8,
}

impl PrincipalRow {
    pub const SIZE: usize = 5;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let mut from = Fields(row);
        PrincipalRow { name: from.text(), uses: from.u8() }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.name.0.to_le_bytes());
        out.push(self.uses);
    }
}

/// Actions that together raise their holder's permissions.
#[derive(Clone, Copy, Debug)]
pub struct EscalationRow {
    pub id: Text,
    pub label: Text,
    /// Numbers of text sets.
    pub actions: u16,
    pub passed_to: u16,
    /// Place in `EscalationKind::ALL`.
    pub kind: u8,
}

impl EscalationRow {
    pub const SIZE: usize = 13;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let mut from = Fields(row);
        EscalationRow { id: from.text(), label: from.text(), actions: from.u16(), passed_to: from.u16(), kind: from.u8() }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.id.0.to_le_bytes());
        out.extend(self.label.0.to_le_bytes());
        out.extend(self.actions.to_le_bytes());
        out.extend(self.passed_to.to_le_bytes());
        out.push(self.kind);
    }
}

#[derive(Clone, Copy, Debug)]
pub struct SensitiveRow {
    /// `prefix:Name`
    pub action: Text,
    /// A bit for each place in `SensitiveKind::ALL`.
    pub kinds: u8,
}

impl SensitiveRow {
    pub const SIZE: usize = 5;

    pub fn read(row: &[u8; Self::SIZE]) -> Self {
        let mut from = Fields(row);
        SensitiveRow { action: from.text(), kinds: from.u8() }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.action.0.to_le_bytes());
        out.push(self.kinds);
    }
}
