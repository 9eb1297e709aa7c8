using Millrace.Integration.Tests.Checks;

namespace Millrace.Chaos.Injection;

/// <summary>One bit of one file of a data directory that nobody has open.</summary>
internal sealed class BitFlip
{
    /// <summary>The type of the journal's files: damage in one may wait for whoever reads there.</summary>
    public const string Segment = "segment";

    private const int BlockBytes = 512;

    private readonly string _path;
    private readonly long _offset;
    private readonly byte _mask;
    private byte[] _around = [];

    private BitFlip(string type, string path, long offset, byte mask)
    {
        Type = type;
        _path = path;
        _offset = offset;
        _mask = mask;
    }

    /// <summary>What kind of file it is: the folder, or the file's own name at the top.</summary>
    public string Type { get; }

    public string Place => $"bit {_mask} of byte {_offset} of {_path}";

    /// <summary>
    /// Every type of file with equal chance; in a segment, what has been written. The journal's very last frame is left
    /// alone: damage there cannot be told from a write that a power cut tore, so it is promised to nobody.
    /// </summary>
    public static BitFlip Draw(string dataDirectory, Random random)
    {
        var types = Directory.EnumerateFiles(dataDirectory, "*", SearchOption.AllDirectories)
            .Where(path => new FileInfo(path).Length > 0)
            .Order(StringComparer.Ordinal)
            .GroupBy(path => TypeOf(dataDirectory, path))
            .ToList();
        IGrouping<string, string> type = types[random.Next(types.Count)];
        string path = type.ElementAt(random.Next(type.Count()));
        long frames = path.EndsWith(".segment", StringComparison.Ordinal) ? JournalFiles.LastFrame(path) : 0;
        long length = frames > 0 ? frames : new FileInfo(path).Length;
        return new BitFlip(type.Key, path, random.NextInt64(length), (byte)(1 << random.Next(8)));
    }

    public void Apply()
    {
        using FileStream file = File.Open(_path, FileMode.Open, FileAccess.ReadWrite);
        Turn(file);
        _around = Block(file);
    }

    /// <summary>Puts the bit right again; false when the file has been replaced or written over there, so that nothing
    /// is wrong any more.</summary>
    public bool Undo()
    {
        if (!File.Exists(_path))
        {
            return false;
        }

        using FileStream file = File.Open(_path, FileMode.Open, FileAccess.ReadWrite);
        if (!Block(file).AsSpan().SequenceEqual(_around))
        {
            return false;
        }

        Turn(file);
        return true;
    }

    private static string TypeOf(string directory, string path)
    {
        string[] parts = Path.GetRelativePath(directory, path).Split('/');
        return path.EndsWith(".segment", StringComparison.Ordinal) ? Segment
            : parts.Length == 1 || parts[0] == "journal" ? parts[^1]
            : parts[0];
    }

    private void Turn(FileStream file)
    {
        file.Position = _offset;
        int old = file.ReadByte();
        file.Position = _offset;
        file.WriteByte((byte)(old ^ _mask));
        file.Flush();
    }

    private byte[] Block(FileStream file)
    {
        file.Position = _offset / BlockBytes * BlockBytes;
        byte[] block = new byte[BlockBytes];
        return block[..file.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false)];
    }
}
