using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Disk;

/// <summary>A file's content twice: as the machine sees it (the cache) and as it would be after the power
/// went.</summary>
internal sealed class SimFile
{
    public const int SectorBytes = 512;

    private byte[] _cache = [];
    private byte[] _durable = [];
    private bool[] _dirty = [];

    public int Length { get; private set; }

    public int DurableLength { get; private set; }

    /// <summary>Something was written that no sync has covered.</summary>
    public bool IsDirty { get; private set; }

    public ReadOnlySpan<byte> Content => _cache.AsSpan(0, Length);

    public ReadOnlySpan<byte> DurableContent => _durable.AsSpan(0, DurableLength);

    public int Read(long offset, Span<byte> buffer)
    {
        int count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        if (count > 0)
        {
            _cache.AsSpan((int)offset, count).CopyTo(buffer);
        }

        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        int end = (int)offset + bytes.Length;
        Grow(end);
        Length = Math.Max(Length, end);
        bytes.CopyTo(_cache.AsSpan((int)offset));
        _dirty.AsSpan((int)offset / SectorBytes, SectorsTo(end) - ((int)offset / SectorBytes)).Fill(true);
        IsDirty = true;
    }

    public void SetLength(int length)
    {
        Grow(length);
        if (length < Length)
        {
            _cache.AsSpan(length, Length - length).Clear();
            _dirty.AsSpan(length / SectorBytes, SectorsTo(Length) - (length / SectorBytes)).Fill(true);
        }

        Length = length;
        IsDirty = true;
    }

    public void Sync()
    {
        for (int sector = 0; sector < _dirty.Length; sector++)
        {
            Settle(sector, keep: _dirty[sector]);
        }

        DurableLength = Length;
        IsDirty = false;
    }

    /// <summary>A sync that failed: the machine forgets that the data was never written and will not write it
    /// again.</summary>
    public void FailSync()
    {
        Array.Clear(_dirty);
        IsDirty = false;
    }

    /// <summary>The power goes: of what was never synced, anything may be there or not.</summary>
    public void LosePower(SimRandom random, PowerLoss loss)
    {
        bool keepLength = loss switch
        {
            PowerLoss.KeepAll => true,
            PowerLoss.DropAll => false,
            _ => random.Chance(0.5),
        };
        int length = keepLength ? Length : DurableLength;
        int cut = loss == PowerLoss.KeepPrefix ? random.Below(_dirty.Length + 1) : _dirty.Length;
        for (int sector = 0; sector < _dirty.Length; sector++)
        {
            bool keep = _dirty[sector] && loss switch
            {
                PowerLoss.KeepAll => true,
                PowerLoss.DropAll => false,
                PowerLoss.KeepPrefix => sector < cut,
                _ => random.Chance(0.5),
            };
            Settle(sector, keep);
        }

        _durable.AsSpan(length).Clear();
        _durable.CopyTo(_cache.AsSpan());
        Length = length;
        DurableLength = length;
        IsDirty = false;
    }

    /// <summary>A bit turns over at rest, in the cache as on the medium.</summary>
    public void FlipBit(int offset, int bit)
    {
        _cache[offset] ^= (byte)(1 << bit);
        _durable[offset] ^= (byte)(1 << bit);
    }

    private void Settle(int sector, bool keep)
    {
        if (keep)
        {
            int start = sector * SectorBytes;
            _cache.AsSpan(start, SectorBytes).CopyTo(_durable.AsSpan(start));
        }

        _dirty[sector] = false;
    }

    private void Grow(int end)
    {
        int sectors = SectorsTo(end);
        if (sectors > _dirty.Length)
        {
            int size = Math.Max(sectors, _dirty.Length * 2);
            Array.Resize(ref _cache, size * SectorBytes);
            Array.Resize(ref _durable, size * SectorBytes);
            Array.Resize(ref _dirty, size);
        }
    }

    private static int SectorsTo(int end) => (end + SectorBytes - 1) / SectorBytes;
}

/// <summary>What becomes of unsynced data when the power goes.</summary>
internal enum PowerLoss
{
    KeepAll,
    DropAll,
    KeepPrefix,
    KeepAnySectors,
}
