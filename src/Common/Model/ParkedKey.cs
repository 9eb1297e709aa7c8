namespace Millrace.Common.Model;

/// <summary>Events of a key that are not to be applied.</summary>
/// <param name="From">Offset from which on.</param>
/// <param name="Until">Offset from which on they are applied again; null: not said yet.</param>
public sealed record ParkedKey(byte[] Key, ulong From, ulong? Until)
{
    public bool Holds(ulong offset) => offset >= From && (Until is null || offset < Until);
}
