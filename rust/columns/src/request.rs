//! Tables of requests: which column is what, checked before any row is decided.

use crate::cells::{Cells, Contexts, RowValues};
use crate::check::check;
use crate::texts::{DictionaryId, Texts};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use std::fmt;

const PRINCIPAL: &str = "principal";
const ACTION: &str = "action";
const RESOURCE: &str = "resource";
const RESOURCE_ACCOUNT: &str = "resource_account";

/// Why a table cannot be read; the words name the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTable(pub String);

impl fmt::Display for BadTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the columns of a request stand.
#[derive(Debug, Clone)]
pub struct Layout {
    principal: usize,
    action: usize,
    resource: usize,
    account: Option<usize>,
    /// Names of the context columns in byte order (C-05).
    pub(crate) names: Vec<String>,
    context: Vec<usize>,
}

impl Layout {
    /// Finds the columns and checks their types.
    ///
    /// # Errors
    /// A column that is missing, there twice, or of a type that has no meaning.
    pub fn new(schema: &Schema) -> Result<Self, BadTable> {
        let find = |wanted: &str| schema.fields().iter().position(|field| field.name() == wanted);
        let wanted = |name| find(name).ok_or_else(|| BadTable(format!("column `{name}` is missing")));
        let (principal, action, resource) = (wanted(PRINCIPAL)?, wanted(ACTION)?, wanted(RESOURCE)?);
        let account = find(RESOURCE_ACCOUNT);
        let own = [Some(principal), Some(action), Some(resource), account];
        let mut context: Vec<(String, usize)> = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            if find(field.name()) != Some(at) {
                return Err(BadTable(format!("column `{}` is there twice", field.name())));
            }
            let is_own = own.contains(&Some(at));
            let kind = field.data_type();
            if is_own && !Texts::takes(kind) {
                return Err(BadTable(format!("column `{}`: expected text, found {kind}", field.name())));
            }
            if !is_own && !Cells::takes(kind) {
                return Err(BadTable(format!("column `{}`: {}", field.name(), advice(kind))));
            }
            if !is_own {
                context.push((field.name().clone(), at));
            }
        }
        context.sort_unstable();
        let (names, context) = context.into_iter().unzip();
        Ok(Self { principal, action, resource, account, names, context })
    }
}

/// What would have worked in place of a type.
fn advice(kind: &DataType) -> String {
    match kind {
        DataType::Timestamp(_, None) => format!("expected a timestamp with a time zone, found {kind}"),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            format!("expected an integer, a decimal or text, found {kind}")
        }
        _ => format!("expected text, booleans, integers, decimals, timestamps or lists of those, found {kind}"),
    }
}

/// The columns of a record batch, ready to be read.
pub struct Part<'t> {
    pub(crate) rows: usize,
    pub(crate) principal: Column<'t>,
    pub(crate) action: Column<'t>,
    pub(crate) resource: Column<'t>,
    pub(crate) account: Option<Column<'t>>,
    pub(crate) context: Vec<Cells>,
    /// Numbers of the context columns that may hold values without a meaning.
    pub(crate) doubtful: Vec<usize>,
}

/// A column of names: of a table, or of texts that stand elsewhere.
pub(crate) enum Column<'t> {
    Texts(Texts),
    Borrowed(Vec<Option<&'t str>>),
}

impl Column<'_> {
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Texts(texts) => texts.get(row),
            Self::Borrowed(texts) => *texts.get(row)?,
        }
    }

    /// Where the texts stand that the rows number.
    pub(crate) fn dictionary(&self) -> Option<DictionaryId> {
        match self {
            Self::Texts(texts) => texts.dictionary(),
            Self::Borrowed(_) => None,
        }
    }
}

/// Rows that were read from something other than a table, column by column.
#[derive(Default)]
#[allow(missing_docs)]
pub struct RowColumns<'t> {
    pub principals: Vec<Option<&'t str>>,
    pub actions: Vec<Option<&'t str>>,
    pub resources: Vec<Option<&'t str>>,
    pub accounts: Vec<Option<&'t str>>,
    /// Context keys with their values; a key that a row has not is `None`.
    pub context: Vec<(String, Vec<RowValues>)>,
}

/// Reads the batches of a table, one after the other.
pub struct Reader {
    layout: Layout,
    /// By column, the dictionary that was checked last; batches of a table often share it.
    dictionaries: Vec<Option<ArrayRef>>,
}

impl Reader {
    /// A reader of tables of this layout.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self { layout, dictionaries: Vec::new() }
    }

    /// Where the columns stand.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads a batch.
    ///
    /// # Errors
    /// Data that break Arrow's rules: offsets out of range, text that is not UTF-8.
    pub fn read(&mut self, batch: &RecordBatch) -> Result<Part<'static>, BadTable> {
        self.dictionaries.resize(batch.num_columns(), None);
        let schema = batch.schema_ref();
        let dictionaries = &mut self.dictionaries;
        let mut column = |at: usize| -> Result<_, BadTable> {
            let lacking = || BadTable("a batch lacks a column of the table".to_owned());
            let (Some(field), Some(array)) = (schema.fields().get(at), batch.columns().get(at)) else {
                return Err(lacking());
            };
            let known = dictionaries.get_mut(at).ok_or_else(lacking)?;
            check(array, known.as_ref())
                .map_err(|words| BadTable(format!("column `{}`: damaged data: {words}", field.name())))?;
            *known = array.as_any_dictionary_opt().map(|dictionary| dictionary.values().clone());
            Ok((array, field))
        };
        let mut texts = |at: usize| {
            let (array, field) = column(at)?;
            let found = Texts::new(array).map(Column::Texts);
            found.ok_or_else(|| BadTable(format!("column `{}`: expected text", field.name())))
        };
        let layout = &self.layout;
        let (principal, action, resource) = (texts(layout.principal)?, texts(layout.action)?, texts(layout.resource)?);
        let account = layout.account.map(&mut texts).transpose()?;
        let cells = |at: &usize| {
            let (array, field) = column(*at)?;
            Cells::new(array)
                .ok_or_else(|| BadTable(format!("column `{}`: {}", field.name(), advice(array.data_type()))))
        };
        let context = layout.context.iter().map(cells).collect::<Result<Vec<_>, _>>()?;
        let doubtful = doubtful(&context);
        Ok(Part { rows: batch.num_rows(), principal, action, resource, account, context, doubtful })
    }
}

impl<'t> Part<'t> {
    /// Reads rows; also gives the layout of their context.
    #[must_use]
    pub fn of_rows(mut rows: RowColumns<'t>) -> (Layout, Self) {
        rows.context.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (names, columns): (Vec<_>, Vec<_>) = rows.context.into_iter().unzip();
        let layout = Layout { principal: 0, action: 1, resource: 2, account: Some(3), names, context: Vec::new() };
        let part = Part {
            rows: rows.principals.len(),
            principal: Column::Borrowed(rows.principals),
            action: Column::Borrowed(rows.actions),
            resource: Column::Borrowed(rows.resources),
            account: Some(Column::Borrowed(rows.accounts)),
            context: columns.into_iter().map(Cells::Rows).collect(),
            doubtful: Vec::new(),
        };
        (layout, part)
    }

    /// The contexts, which outlive the names of the rows.
    #[must_use]
    pub fn into_contexts(self, layout: Layout) -> Contexts {
        Contexts { names: layout.names, columns: self.context }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether a context value of the row has no meaning.
    pub(crate) fn is_bad(&self, row: usize) -> bool {
        self.doubtful.iter().any(|at| self.context.get(*at).is_some_and(|column| column.is_bad(row)))
    }
}

fn doubtful(context: &[Cells]) -> Vec<usize> {
    context.iter().enumerate().filter(|(_, column)| column.may_be_bad()).map(|(at, _)| at).collect()
}
