namespace Millrace.Worker.Core.Verdicts;

/// <summary>Events of a key that are not to be applied.</summary>
/// <param name="From">Offset from which on.</param>
/// <param name="Until">Offset from which on they are applied again; null: nobody has said.</param>
internal sealed record ParkedKey(byte[] Key, ulong From, ulong? Until);
