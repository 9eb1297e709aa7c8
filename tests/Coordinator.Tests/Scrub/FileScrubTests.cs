using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Journal;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Scrub;
using Millrace.Coordinator.Storage;
using Millrace.Coordinator.Tests.Journal;

namespace Millrace.Coordinator.Tests.Scrub;

/// <summary>Every byte of every kind of file that is looked over.</summary>
internal sealed class FileScrubTests
{
    private static readonly JournalGeometry _geometry = new(4096, 128 * 1024, 32 * 1024);

    [Test]
    public async Task Snapshots_WithABitFlippedAtAnyByte_AreNamedAndSetAsideOnce()
    {
        using ScratchDirectory scratch = new();
        await using SnapshotStore store = SnapshotStore.Open(scratch.Path, NullLogger.Instance);
        SnapshotName good = Put(store, 1, [1, 2, 3]);
        byte[] content = [.. Enumerable.Range(0, 40).Select(i => (byte)i)];
        for (int at = 0; at < SnapshotHeader.Length + content.Length; at++)
        {
            // Between its checked part and its end the header is nothing but padding.
            bool matters = at is < 44 or >= SnapshotHeader.Length;
            SnapshotName name = Put(store, 2, content);
            Assert.That(Damage(new SnapshotScrub(store)), Is.Empty);
            Flip(store.PathOf(name), at);
            DamageFound[] found = [.. Damage(new SnapshotScrub(store))];
            Assert.That(
                found.OfType<SnapshotDamageFound>().Select(f => f.Name),
                matters ? Is.EqualTo(new[] { name }) : Is.Empty);
            Assert.That(store.IsDurable(name), Is.EqualTo(!matters));
            Assert.That(found.All(f => f.Detail.Contains(store.PathOf(name))));
            Assert.That(Damage(new SnapshotScrub(store)), Is.Empty);
            store.SetAside(name, out _);
        }

        Assert.That(store.IsDurable(good), Is.True);
        Assert.That(Directory.GetFiles(scratch.Path, "*.damaged"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Snapshots_DeletedDuringAPass_ArePassedOver()
    {
        using ScratchDirectory scratch = new();
        await using SnapshotStore store = SnapshotStore.Open(scratch.Path, NullLogger.Instance);
        SnapshotName[] names = [Put(store, 1, [1]), Put(store, 2, [2])];
        using IEnumerator<ScrubPiece> pass = new SnapshotScrub(store).Pass().GetEnumerator();
        pass.MoveNext();
        Array.ForEach(names, name => File.Delete(store.PathOf(name)));
        while (pass.MoveNext())
        {
            Assert.That(pass.Current.Damage, Is.Null);
        }
    }

    [Test]
    public void ControlSnapshots_WithABitFlippedAtAnyByte_AreNamedAndSetAsideWhileThereIsAnother()
    {
        using ScratchDirectory scratch = new();
        var file = new ControlSnapshotFile(scratch.Path);
        file.Write(new StoredControlSnapshot(4096, 1, new byte[] { 1, 2, 3 }), 99_999);
        file.Write(new StoredControlSnapshot(8192, 1, new byte[] { 4, 5, 6 }), 99_999);
        var writer = new ControlSnapshotWriter(file, 1, NullLogger.Instance);
        string path = Directory.GetFiles(scratch.Path).Max(StringComparer.Ordinal)!;
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < good.Length; at++)
        {
            Flip(path, at);
            DamageFound found = Damage(new ControlScrub(writer)).Single();
            Assert.That((found as ControlSnapshotDamageFound)!.Position, Is.EqualTo(8192));
            Assert.That(found.Detail, Does.Contain(path));
            Assert.That((writer.OlderPosition, file.Positions().Single()), Is.EqualTo((0, 4096)));
            File.WriteAllBytes(path, good);
        }

        File.Delete(path);
        Flip(Directory.GetFiles(scratch.Path).Single(p => !p.EndsWith(".damaged", StringComparison.Ordinal)), 0);
        Assert.That(Damage(new ControlScrub(writer)).Count(), Is.EqualTo(1));
        Assert.That(file.Positions(), Is.EqualTo(new[] { 4096ul }), "the last one stays");
    }

    [Test]
    public async Task Journal_WithABitFlippedAnywhere_NamesFilePositionAndWhereItGoesOn()
    {
        using ScratchDirectory scratch = new();
        List<FrameFacts> frames = [];
        await using FileJournal journal = Open(scratch);
        for (int i = 0; i < 40; i++)
        {
            frames.Add(await AppendAsync(journal, i));
        }

        Assert.That(Damage(new JournalScrub(journal)), Is.Empty);
        Assert.That(
            new JournalScrub(journal).Pass().Sum(p => p.Bytes),
            Is.EqualTo(frames.Sum(f => (long)(f.End - f.Position))));
        List<DamageFound> heard = [];
        journal.Damaged = heard.Add;
        foreach (FrameFacts frame in frames.Where((_, i) => i % 5 == 0))
        {
            ulong segment = _geometry.SegmentOf(frame.Position);
            string path = Directory.GetFiles(scratch.Path, $"{segment:D12}.*.segment").Single();
            foreach (int at in new[] { 0, 5, 17, 60, (int)(frame.End - frame.Position) - 1 })
            {
                int offset = (int)(frame.Position % (ulong)_geometry.SegmentBytes) + at;
                Flip(path, offset);
                var found = (JournalDamageFound)Damage(new JournalScrub(journal)).Single();
                Assert.That(found.File, Is.EqualTo(Path.GetFileName(path)));
                Assert.That(found.SegmentEnd, Is.EqualTo(_geometry.StartOf(segment + 1)));
                Assert.That(found.Detail, Does.Contain($"position {frame.Position} ({path}, byte"));
                Assert.That(() => journal.Read(frame.Position), Throws.TypeOf<JournalDamagedException>());
                Assert.That(heard, Has.Count.EqualTo(1).And.All.EqualTo(found), "readers tell too");
                heard.Clear();
                Flip(path, offset);
            }
        }
    }

    private static IEnumerable<DamageFound> Damage(IScrubbed what) =>
        what.Pass().ToArray().Select(piece => piece.Damage).OfType<DamageFound>();

    private static void Flip(string path, int at)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = at;
        int old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 4));
    }

    private static SnapshotName Put(SnapshotStore store, ulong task, byte[] content)
    {
        var name = new SnapshotName(new TaskId(task), new Epoch(1), 4096, XxHash64.Hash(content));
        using ISnapshotWriter writer = store.Create(new SnapshotHead(name, 1, content.Length, 1));
        writer.Append(content);
        writer.Commit();
        return name;
    }

    private static FileJournal Open(ScratchDirectory scratch)
    {
        JournalEngine engine = JournalEngine.Recover(
            new FileSegments(scratch.Path), _geometry, new JournalLimits(1L << 30, 0, 16 * 1024, 2), 0, _ => { });
        return new FileJournal(engine, 1, TimeProvider.System, (_, error) => throw error);
    }

    private static async Task<FrameFacts> AppendAsync(FileJournal journal, int number)
    {
        var builder = new FrameBuilder(_geometry);
        builder.TryAdd(Batches.Of(number, number + 1), 0, Batches.Range(1, (ulong)(2 * number) + 1, 2));
        SealedFrame frame = builder.Seal(journal.NextPlace(), 1000, (_, _) => { });
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.Write(frame, _ => durable.SetResult());
        await durable.Task;
        frame.Release();
        return frame.Facts;
    }
}
