//! How a fault is written as JSON: an object whose member `kind` names the fault.

use serde::{Serialize, Serializer, ser::SerializeMap};
use utoipa::{
    ToSchema,
    openapi::{
        Ref, RefOr, Schema, Type,
        schema::{AllOfBuilder, ObjectBuilder},
    },
};

/// A fault that is read from several members: `{"kind":"token","token":["expired"],"which":"id"}`.
#[derive(Serialize)]
pub(super) struct WithKind<'a, T> {
    pub kind: &'static str,
    #[serde(flatten)]
    pub fault: &'a T,
}

/// Writes a fault that is one change: `{"kind":"keys","keys":"empty"}`. The member of the change has the name of the
/// kind.
pub(super) fn change<S: Serializer>(
    kind: &'static str,
    change: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(2))?;
    members.serialize_entry("kind", kind)?;
    members.serialize_entry(kind, change)?;
    members.end()
}

/// The schema of [`WithKind`]. `referenced` gets the schemas that it names.
pub(super) fn schema_with_kind<T: ToSchema>(
    kind: &'static str,
    description: &str,
    referenced: &mut Vec<(String, RefOr<Schema>)>,
) -> RefOr<Schema> {
    let both = AllOfBuilder::new().item(reference::<T>(referenced)).item(kind_only(kind));
    Schema::from(both.description(Some(description)).build()).into()
}

/// The schema of [`change`]. `referenced` gets the schemas that it names.
pub(super) fn schema_of_change<T: ToSchema>(
    kind: &'static str,
    description: &str,
    referenced: &mut Vec<(String, RefOr<Schema>)>,
) -> RefOr<Schema> {
    let mut change = reference::<T>(referenced);
    "How it is changed.".clone_into(&mut change.description);
    let object = kind_only(kind).property(kind, change).required(kind);
    Schema::from(object.description(Some(description)).build()).into()
}

/// The schemas of the variants of an enum.
pub(super) fn variants(schema: RefOr<Schema>) -> Vec<RefOr<Schema>> {
    match schema {
        RefOr::T(Schema::OneOf(one_of)) => one_of.items,
        other => vec![other],
    }
}

/// The name that JSON gives a value.
pub(super) fn name_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}

fn kind_only(kind: &'static str) -> ObjectBuilder {
    let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind]));
    ObjectBuilder::new().property("kind", name).required("kind")
}

fn reference<T: ToSchema>(referenced: &mut Vec<(String, RefOr<Schema>)>) -> Ref {
    referenced.push((T::name().into_owned(), T::schema()));
    T::schemas(referenced);
    Ref::from_schema_name(T::name())
}
