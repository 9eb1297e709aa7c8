using System.Globalization;
using System.Net;

namespace Millrace.Common.Hosting;

/// <summary>An address to listen on. Port 0: any free one; the one really bound is in the endpoints file.</summary>
public readonly record struct ListenAddress(IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads "127.0.0.1:7400", "[::1]:7400" or "localhost:7400".</summary>
    public static bool TryParse(string text, out ListenAddress value)
    {
        value = default;
        int colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port > IPEndPoint.MaxPort)
        {
            return false;
        }

        string host = text[..colon];
        if (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('['))
        {
            return false;
        }

        IPAddress? address = string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            ? IPAddress.Loopback
            : IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? parsed) ? parsed : null;
        if (address is null)
        {
            return false;
        }

        value = new ListenAddress(address, port);
        return true;
    }

    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}
