using Millrace.Common.Files;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>A disk that forgets what was not synced, fails when told to, and has only so much space.</summary>
internal sealed class MemorySegments : ISegmentStore
{
    private const int SectorBytes = 512;
    private const int NoSpace = 28;
    private const int NoSuchFile = 2;

    private readonly Dictionary<string, Content> _files;
    private readonly List<Dictionary<string, Content>> _unsyncedNames = [];
    private readonly Lock _gate = new();
    private int _operations;

    public MemorySegments()
        : this([])
    {
    }

    private MemorySegments(Dictionary<string, Content> files)
    {
        _files = files;
        _unsyncedNames.Add(new(files));
    }

    /// <summary>Bytes of all files together.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>How many writes, syncs and changes of names there have been.</summary>
    public int Operations => _operations;

    /// <summary>Called before each of them with its number (from 1) and kind; may throw.</summary>
    public Action<int, string> Before { get; set; } = static (_, _) => { };

    public Action<string> BeforeRead { get; set; } = static _ => { };

    public long FreeBytes => Capacity == long.MaxValue ? long.MaxValue : Capacity - Used;

    public IReadOnlyCollection<string> Names => _files.Keys;

    private long Used => _files.Values.Sum(file => (long)file.Now.Length);

    public byte[] BytesOf(string name) => _files[name].Now;

    /// <summary>What a power cut leaves: of each sector that was not synced the old or the new content, and of the
    /// changes of names a beginning. Null: nothing that was not synced.</summary>
    public MemorySegments AfterPowerCut(Random? luck)
    {
        Dictionary<string, Content> names = luck is null ? _unsyncedNames[0] : Pick(luck);
        Dictionary<string, Content> left = [];
        foreach ((string name, Content file) in names.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            byte[] bytes = [.. file.Synced];
            for (int at = 0; at < bytes.Length; at += SectorBytes)
            {
                if (luck is not null && luck.Next(2) == 0)
                {
                    file.Now.AsSpan(at, SectorBytes).CopyTo(bytes.AsSpan(at));
                }
            }

            left.Add(name, new Content { Now = bytes, Synced = [.. bytes] });
        }

        return new MemorySegments(left) { Capacity = Capacity };
    }

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public string PathOf(string name) => "/memory/" + name;

    public long LengthOf(string name) => _files[name].Now.Length;

    public int Read(string name, long offset, Span<byte> buffer)
    {
        lock (_gate)
        {
            BeforeRead(name);
            ReadOnlySpan<byte> rest = _files[name].Now.AsSpan((int)offset);
            int count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            return count;
        }
    }

    public void Write(string name, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            Count("write");
            bytes.CopyTo(_files[name].Now.AsSpan((int)offset));
        }
    }

    public void Sync(string name)
    {
        lock (_gate)
        {
            Count("sync");
            _files[name].Synced = [.. _files[name].Now];
        }
    }

    public void Create(string name, long bytes)
    {
        lock (_gate)
        {
            Count("create");
            if (bytes > Capacity - Used)
            {
                throw new FileFailure("posix_fallocate", PathOf(name), NoSpace);
            }

            _files.Add(name, new Content { Now = new byte[bytes], Synced = new byte[bytes] });
            NamesChanged();
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Count("rename");
            _files[to] = _files.Remove(from, out Content? file)
                ? file
                : throw new FileFailure("rename", PathOf(from), NoSuchFile);
            NamesChanged();
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            Count("delete");
            _files.Remove(name);
            NamesChanged();
        }
    }

    public void SyncDirectory()
    {
        lock (_gate)
        {
            Count("sync directory");
            _unsyncedNames.Clear();
            NamesChanged();
        }
    }

    public void Dispose()
    {
    }

    private Dictionary<string, Content> Pick(Random luck) => _unsyncedNames[luck.Next(_unsyncedNames.Count)];

    private void NamesChanged() => _unsyncedNames.Add(new(_files));

    private void Count(string kind) => Before(++_operations, kind);

    private sealed class Content
    {
        public byte[] Now = [];
        public byte[] Synced = [];
    }
}
