//! Reads a document as a type, and never an array as an object.
//!
//! Derived readers take `["Ақтау"]` for `{"place": "Ақтау"}`, field by field. Such a body has another schema than the one
//! that is published, so this reader hands a struct nothing but an object, at every depth.

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error, IntoDeserializer, Unexpected, VariantAccess, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error as JsonError, Map, Value};

/// A document or a part of one.
pub(super) struct Part(pub(super) Value);

impl IntoDeserializer<'_, JsonError> for Part {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn visit_object<'de, V: Visitor<'de>>(
    members: Map<String, Value>,
    visitor: V,
) -> Result<V::Value, JsonError> {
    let mut members = MapDeserializer::new(members.into_iter().map(|(name, value)| (name, Part(value))));
    let value = visitor.visit_map(&mut members)?;
    members.end()?;
    Ok(value)
}

fn visit_array<'de, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, JsonError> {
    let mut items = SeqDeserializer::new(items.into_iter().map(Part));
    let value = visitor.visit_seq(&mut items)?;
    items.end()?;
    Ok(value)
}

/// What the value is, without the value.
fn kind(value: &Value) -> Unexpected<'static> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
        _ => Unexpected::Other("another value"),
    }
}

impl<'de> Deserializer<'de> for Part {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Object(members) => visit_object(members, visitor),
            Value::Array(items) => visit_array(items, visitor),
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Object(members) => visit_object(members, visitor),
            // The same words as for any other null.
            Value::Null => Value::Null.deserialize_any(visitor),
            other => Err(JsonError::invalid_type(kind(&other), &"an object")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant { name, content: Value::Null }),
            Value::Object(members) if members.len() == 1 => {
                let variant = members.into_iter().next().map(|(name, content)| Variant { name, content });
                visitor.visit_enum(variant.ok_or_else(|| JsonError::custom("invalid type: an empty object"))?)
            }
            other => Err(JsonError::invalid_type(kind(&other), &"a text, or an object with one member")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// A variant by its name, with its content or null.
struct Variant {
    name: String,
    content: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = JsonError;
    type Variant = Part;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Part), JsonError> {
        let name: serde::de::value::StringDeserializer<JsonError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Part(self.content)))
    }
}

impl<'de> VariantAccess<'de> for Part {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, JsonError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests;
