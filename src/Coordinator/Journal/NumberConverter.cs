using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Coordinator.Journal;

/// <summary>Writes an id as its number.</summary>
internal sealed class NumberConverter<T>(Func<T, ulong> toNumber, Func<ulong, T> fromNumber) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return fromNumber(reader.GetUInt64());
        }
        catch (Exception failure) when (failure is FormatException or OverflowException or InvalidOperationException)
        {
            throw new JsonException($"'{typeof(T).Name}' is not such a number.", failure);
        }
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(toNumber(value));
}
