namespace Millrace.Worker.Core.State;

/// <summary>
/// Keys, one after another in pages. Bytes once written never change and pages never move, so a frozen copy shares the
/// pages and needs only the list of them.
/// </summary>
internal sealed class KeyArena
{
    /// <summary>The longest key, in bytes.</summary>
    public const int MaxKeyBytes = ushort.MaxValue;

    private const int PageBytes = 64 * 1024;
    private const int FirstPageBytes = 1024;

    private byte[][] _pages = [];
    private int _pageCount;
    private int _used;

    /// <summary>Bytes that the pages take.</summary>
    public long ByteCount { get; private set; }

    public ReadOnlySpan<byte> this[KeyRef key] => _pages[key.Page].AsSpan(key.Offset, key.Length);

    /// <summary>The pages as they are now; later keys go beyond what any reference of now names.</summary>
    public byte[][] Share() => _pages.AsSpan(0, _pageCount).ToArray();

    /// <exception cref="ArgumentException">The key is longer than <see cref="MaxKeyBytes"/>.</exception>
    public KeyRef Add(ReadOnlySpan<byte> key)
    {
        if (key.Length > MaxKeyBytes)
        {
            throw new ArgumentException($"The key has {key.Length} bytes; at most {MaxKeyBytes} fit.", nameof(key));
        }

        if (_pageCount == 0 || _used + key.Length > _pages[_pageCount - 1].Length)
        {
            AddPage(key.Length);
        }

        var reference = new KeyRef(_pageCount - 1, _used, key.Length);
        key.CopyTo(_pages[reference.Page].AsSpan(_used));
        _used += key.Length;
        return reference;
    }

    /// <summary>Small at first, so that many small tables stay small.</summary>
    private void AddPage(int atLeast)
    {
        if (_pageCount == _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(4, _pages.Length * 2));
        }

        int size = _pageCount == 0 ? FirstPageBytes : Math.Min(PageBytes, _pages[_pageCount - 1].Length * 4);
        _pages[_pageCount++] = new byte[Math.Max(size, atLeast)];
        ByteCount += _pages[_pageCount - 1].Length;
        _used = 0;
    }
}
