using Millrace.Common.Files;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Scrub;

/// <summary>All snapshots of workers. One that is damaged is set aside, so that nobody starts from it and a good one
/// can take its name.</summary>
internal sealed class SnapshotScrub(SnapshotStore store) : IScrubbed
{
    private const int PieceBytes = 256 << 10;

    private readonly byte[] _buffer = new byte[PieceBytes];

    public IEnumerable<ScrubPiece> Pass()
    {
        foreach (SnapshotName name in store.Names())
        {
            // Read twice before it is believed to be damaged: the first time may have met one that was being replaced.
            string? damage = null;
            for (int look = 0; look == 0 || (look == 1 && damage is not null); look++)
            {
                using var one = new Look(store.PathOf(name), name, _buffer);
                while (one.Read() is > 0 and var bytes)
                {
                    yield return new ScrubPiece(bytes);
                }

                damage = one.Damage;
            }

            if (damage is not null && store.SetAside(name, out IReadOnlyList<SnapshotName> useless) is { } kept)
            {
                yield return new ScrubPiece(0, new SnapshotDamageFound(name, $"{damage} It is kept as {kept}."));
                foreach (SnapshotName other in useless)
                {
                    yield return new ScrubPiece(0, new SnapshotDamageFound(
                        other, $"The snapshot is of no use without {name}. {damage}"));
                }
            }
        }
    }

    /// <summary>One reading of one file.</summary>
    private sealed class Look(string path, SnapshotName name, byte[] buffer) : IDisposable
    {
        private RawFile? _file;
        private XxHash64Sum _sum = new();
        private long _at;
        private bool _over;

        /// <summary>File and what is wrong with it; null: nothing, or it is gone.</summary>
        public string? Damage { get; private set; }

        /// <summary>How many bytes were read; 0: it is over.</summary>
        public int Read()
        {
            try
            {
                return _over ? 0 : ReadOn();
            }
            catch (FileFailure failure)
            {
                Damage = failure.IsUnreadable ? $"The file {path} cannot be read: {failure.Message}" : null;
                return 0;
            }
        }

        public void Dispose() => _file?.Dispose();

        private int ReadOn()
        {
            if (_file is null)
            {
                _file = RawFile.OpenToRead(path);
                _file.ForgetCached();
                return ReadHead();
            }

            int count = _file.ReadAt(_at, buffer);
            _sum.Append(buffer.AsSpan(0, count));
            _at += count;
            if (count == 0)
            {
                _over = true;
                _file.ForgetCached();
                Damage = _sum.Value == name.ContentHash
                    ? null
                    : $"The file {path} is damaged: its content from byte {SnapshotHeader.Length} on has the hash "
                        + $"{_sum.Value:x16}.";
            }

            return count;
        }

        private int ReadHead()
        {
            int count = _file!.ReadAt(0, buffer.AsSpan(0, SnapshotHeader.Length));
            _at = SnapshotHeader.Length;
            if (SnapshotHeader.Decode(buffer.AsSpan(0, count), name, _file.Length) is null)
            {
                _over = true;
                Damage = $"The file {path} is damaged within its first {SnapshotHeader.Length} bytes.";
            }

            return Math.Max(count, 1);
        }
    }
}
