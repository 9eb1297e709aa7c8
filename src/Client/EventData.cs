using System.Text;
using Millrace.Common.Wire;

namespace Millrace.Client;

/// <summary>One event to send. Its memory must not change until the send has completed.</summary>
/// <param name="Key">What the event is about; 1 to 1,024 bytes.</param>
/// <param name="Value">The payload; may be empty.</param>
public readonly record struct EventData(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)
{
    /// <summary>An event of texts, as UTF-8.</summary>
    public EventData(string key, string value = "")
        : this(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value))
    {
    }

    /// <summary>When it happened, in milliseconds since 1970-01-01 UTC; 0: not said.</summary>
    public long TimeMs { get; init; }

    /// <summary>Additional facts; null: none.</summary>
    public EventHeader[]? Headers { get; init; }
}
