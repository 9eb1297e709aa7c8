namespace Millrace.Worker.Core.State;

/// <summary>Where a key lies in its arena, in 8 bytes: page, offset in the page, length.</summary>
internal readonly struct KeyRef(int page, int offset, int length)
{
    private readonly ulong _packed = ((ulong)(uint)page << 32) | ((ulong)(ushort)offset << 16) | (ushort)length;

    public int Page => (int)(_packed >> 32);

    public int Offset => (ushort)(_packed >> 16);

    public int Length => (ushort)_packed;
}
