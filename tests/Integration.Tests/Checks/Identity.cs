using System.Globalization;

namespace Millrace.Integration.Tests.Checks;

/// <summary>Who sent an event, and as which one: written into its value, so that the log can be checked by
/// itself.</summary>
internal readonly record struct Identity(string Producer, long Sequence)
{
    /// <summary>Reads "producer:sequence:nonce"; null for a value that no producer of the tests wrote.</summary>
    public static Identity? Parse(string value)
    {
        string[] parts = value.Split(':');
        return parts.Length == 3 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long n)
            ? new Identity(parts[0], n)
            : null;
    }

    public override string ToString() => $"{Producer}:{Sequence}";
}
