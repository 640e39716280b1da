using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Reflection;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;

namespace Winsockd
{
    /// <summary>
    /// JSON as plain objects: dictionaries, lists, texts, <see cref="long"/> for whole numbers, <see cref="double"/>
    /// for others, <see cref="bool"/> and null. The library of .NET reads and writes JSON as XML nodes, by the rules
    /// of https://learn.microsoft.com/dotnet/framework/wcf/feature-details/mapping-between-json-and-xml
    /// </summary>
    internal static class Json
    {
        private const int MostReadDepth = 64;

        /// <summary>The daemon reads no deeper than 32 levels of objects and lists.</summary>
        private const int MostWrittenDepth = 31;

        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);

        /// <summary>Reads one value. Throws <see cref="FormatException"/> if the bytes are no JSON.</summary>
        public static object Read(byte[] bytes, int count)
        {
            var quotas = new XmlDictionaryReaderQuotas();
            XmlDictionaryReaderQuotas.Max.CopyTo(quotas);
            quotas.MaxDepth = MostReadDepth;
            var json = Noncharacters.Escape(bytes, count);
            try
            {
                using (var reader = JsonReaderWriterFactory.CreateJsonReader(json.Array, json.Offset, json.Count, quotas))
                {
                    reader.Read();
                    return ReadValue(reader);
                }
            }
            catch (Exception error) when (error is XmlException || error is ArgumentException)
            {
                throw new FormatException("these bytes are no JSON", error);
            }
        }

        /// <summary>Reads an object. Throws <see cref="FormatException"/> if the bytes are none.</summary>
        public static IReadOnlyDictionary<string, object> ReadObject(byte[] bytes, int count)
        {
            return Read(bytes, count) as IReadOnlyDictionary<string, object>
                ?? throw new FormatException("these bytes are no JSON object");
        }

        /// <summary>
        /// Writes a value. Beside what <see cref="Read"/> gives it may have end points, bytes, sessions and sockets,
        /// lists, and objects whose properties become members. Throws <see cref="ArgumentException"/> for others.
        /// </summary>
        public static byte[] Write(object value)
        {
            using (var written = new MemoryStream())
            {
                using (var writer = JsonReaderWriterFactory.CreateJsonWriter(written, Utf8, false))
                {
                    writer.WriteStartElement("root");
                    WriteValue(writer, value, 0);
                    writer.WriteEndElement();
                }
                return written.ToArray();
            }
        }

        /// <summary>
        /// The members of a dictionary, or of an object by its properties, as JSON writes their names; none of null.
        /// Properties that are null are left out.
        /// </summary>
        public static Dictionary<string, object> MembersOf(object value)
        {
            var members = new Dictionary<string, object>();
            if (value is IEnumerable<KeyValuePair<string, object>> pairs)
            {
                foreach (var pair in pairs) members[pair.Key] = pair.Value;
                return members;
            }
            if (value == null) return members;
            if (value is IEnumerable || (value.GetType().Namespace ?? "").StartsWith("System", StringComparison.Ordinal))
                throw new ArgumentException($"JSON has nothing for a value of {value.GetType()}");
            foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                var found = property.GetValue(value, null);
                if (found != null) members[CamelCase(property.Name)] = found;
            }
            return members;
        }

        private static string CamelCase(string name)
        {
            return char.ToLowerInvariant(name[0]) + name.Substring(1);
        }

        private static object ReadValue(XmlReader reader)
        {
            switch (reader.GetAttribute("type"))
            {
                case "object":
                    return ReadMembers(reader);
                case "array":
                    return ReadItems(reader);
                case "null":
                    reader.ReadElementContentAsString();
                    return null;
                case "boolean":
                    return reader.ReadElementContentAsString() == "true";
                case "number":
                    return NumberOf(reader.ReadElementContentAsString());
                default:
                    return reader.ReadElementContentAsString();
            }
        }

        private static Dictionary<string, object> ReadMembers(XmlReader reader)
        {
            var members = new Dictionary<string, object>();
            reader.ReadStartElement();
            while (reader.NodeType == XmlNodeType.Element)
            {
                // A name that XML cannot have is in an attribute.
                var name = reader.GetAttribute("item") ?? reader.LocalName;
                members[name] = ReadValue(reader);
            }
            reader.ReadEndElement();
            return members;
        }

        private static List<object> ReadItems(XmlReader reader)
        {
            var items = new List<object>();
            reader.ReadStartElement();
            while (reader.NodeType == XmlNodeType.Element) items.Add(ReadValue(reader));
            reader.ReadEndElement();
            return items;
        }

        private static object NumberOf(string text)
        {
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        private static void WriteValue(XmlWriter writer, object value, int depth)
        {
            if (depth > MostWrittenDepth) throw new ArgumentException("the value is too deep, or contains itself");
            if (value == null) writer.WriteAttributeString("type", "null");
            else if (value is string text) WriteText(writer, "string", text);
            else if (value is bool truth) WriteText(writer, "boolean", truth ? "true" : "false");
            else if (value is float || value is double) WriteText(writer, "number", Finite((IConvertible)value));
            else if (value is IConvertible number && IsNumber(number))
                WriteText(writer, "number", number.ToString(CultureInfo.InvariantCulture));
            else if (value is IIdentified identified) WriteText(writer, "string", identified.Id);
            else if (value is byte[] bytes) WriteMembers(writer, Bytes.ToWire(bytes, 0, bytes.Length), depth);
            else if (value is EndPoint endPoint) WriteMembers(writer, Addresses.ToWire(endPoint), depth);
            else if (value is IEnumerable items && !(value is IEnumerable<KeyValuePair<string, object>>))
                WriteItems(writer, items, depth);
            else WriteMembers(writer, MembersOf(value), depth);
        }

        private static bool IsNumber(IConvertible value)
        {
            var code = value.GetTypeCode();
            return code >= TypeCode.SByte && code <= TypeCode.Decimal && !(value is Enum);
        }

        private static void WriteItems(XmlWriter writer, IEnumerable items, int depth)
        {
            writer.WriteAttributeString("type", "array");
            foreach (var item in items)
            {
                writer.WriteStartElement("item");
                WriteValue(writer, item, depth + 1);
                writer.WriteEndElement();
            }
        }

        private static void WriteMembers(XmlWriter writer, IEnumerable<KeyValuePair<string, object>> members, int depth)
        {
            writer.WriteAttributeString("type", "object");
            foreach (var member in members)
            {
                var name = WholeText(member.Key);
                // So any name can be written, also one that XML does not have.
                writer.WriteStartElement("a", "item", "item");
                writer.WriteAttributeString("item", name);
                WriteValue(writer, member.Value, depth + 1);
                writer.WriteEndElement();
            }
        }

        private static void WriteText(XmlWriter writer, string type, string text)
        {
            writer.WriteAttributeString("type", type);
            writer.WriteString(WholeText(text));
        }

        /// <summary>The text; the daemon takes none with half of a character.</summary>
        private static string WholeText(string text)
        {
            try
            {
                Utf8.GetByteCount(text);
                return text;
            }
            catch (EncoderFallbackException error)
            {
                throw new ArgumentException("a text has a surrogate without the other one of its pair", error);
            }
        }

        private static string Finite(IConvertible value)
        {
            var number = value.ToDouble(CultureInfo.InvariantCulture);
            if (double.IsNaN(number) || double.IsInfinity(number)) throw new ArgumentException($"JSON has no {number}");
            return number.ToString("R", CultureInfo.InvariantCulture);
        }
    }
}
