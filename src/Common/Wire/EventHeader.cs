namespace Millrace.Common.Wire;

/// <summary>One named fact of an event; Millrace does not look into it.</summary>
public readonly record struct EventHeader(string Name, ReadOnlyMemory<byte> Value);
