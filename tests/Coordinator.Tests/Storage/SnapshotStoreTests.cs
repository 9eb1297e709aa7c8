using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Tests.Storage;

public sealed class SnapshotStoreTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;

    [TearDown]
    public void DropDirectory()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(100_000)]
    public async Task Commit_GoodContent_IsDurableAndReadsBackAlsoAfterAReopen(int size)
    {
        byte[] content = Content(size, seed: 1);
        SnapshotHead head = Head(1, 2, 4096, content);
        await using (SnapshotStore store = Open())
        {
            Assert.That(store.IsDurable(head.Name), Is.False);
            Put(store, head, content, chunk: 7_001);
            Assert.That(store.IsDurable(head.Name), Is.True);
        }

        await using SnapshotStore again = Open();
        using ISnapshotReader? reader = again.Open(head.Name);
        Assert.Multiple(() =>
        {
            Assert.That(reader!.Head, Is.EqualTo(head));
            Assert.That(ReadAll(reader), Is.EqualTo(content));
        });
    }

    [Test]
    public async Task Commit_ContentOfAnotherHash_IsRefusedAndLeavesNothing()
    {
        await using SnapshotStore store = Open();
        byte[] content = Content(500, seed: 1);
        SnapshotHead head = Head(1, 2, 4096, content);
        content[499] ^= 1;

        Assert.Multiple(() =>
        {
            Assert.That(() => Put(store, head, content), RefusedWith("SNAPSHOT_MISMATCH"));
            Assert.That(store.IsDurable(head.Name), Is.False);
            Assert.That(store.Open(head.Name), Is.Null);
            Assert.That(Directory.GetFiles(_directory), Is.Empty);
        });
    }

    [TestCase(-1)]
    [TestCase(+1)]
    public async Task Commit_ContentOfAnotherSize_IsRefused(int difference)
    {
        await using SnapshotStore store = Open();
        byte[] content = Content(500, seed: 1);
        SnapshotHead head = Head(1, 2, 4096, content) with { SizeBytes = 500 + difference };

        Assert.That(() => Put(store, head, content), RefusedWith("SNAPSHOT_MISMATCH"));
    }

    [Test]
    public async Task Create_OnTopOfAnother_IsDurableWithItAloneAlsoAfterAReopen()
    {
        byte[] content = Content(500, seed: 1);
        SnapshotHead whole = Head(1, 2, 4096, content);
        SnapshotHead link = Head(1, 2, 8192, content) with { Base = whole.Name };
        await using (SnapshotStore store = Open())
        {
            Assert.That(() => Put(store, link, content), RefusedWith("SNAPSHOT_MISSING"));
            Put(store, whole, content);
            Put(store, link, content);
            store.Keep(whole.Name.Task, [$"{link.Name}"]);
        }

        await using SnapshotStore again = Open();
        using (ISnapshotReader? reader = again.Open(link.Name))
        {
            Assert.That(reader!.Head, Is.EqualTo(link));
        }

        again.SetAside(whole.Name, out IReadOnlyList<SnapshotName> useless);
        Assert.That(useless, Is.EqualTo(new[] { link.Name }));
        Assert.That(again.IsDurable(link.Name), Is.False);
        Assert.That(again.Open(link.Name), Is.Null);
    }

    [Test]
    public async Task Create_LargerThanTheCap_IsRefused()
    {
        await using SnapshotStore store = SnapshotStore.Open(_directory, NullLogger.Instance, maxBytes: 100);
        byte[] content = Content(101, seed: 1);

        Assert.That(() => store.Create(Head(1, 1, 1, content)), RefusedWith("SNAPSHOT_TOO_LARGE"));
    }

    [Test]
    public async Task Commit_DirectoryIsGone_SaysThatTheStoreIsDownAndDoesNotCallItDurable()
    {
        await using SnapshotStore store = Open();
        byte[] content = Content(10, seed: 1);
        SnapshotHead head = Head(1, 2, 4096, content);
        using ISnapshotWriter writer = store.Create(head);
        writer.Append(content);
        Directory.Delete(_directory, recursive: true);

        Assert.Multiple(() =>
        {
            Assert.That(writer.Commit, RefusedWith("CHECKPOINT_STORE_DOWN"));
            Assert.That(store.IsDurable(head.Name), Is.False);
        });
    }

    [Test]
    public async Task Create_StoredAlready_SucceedsWithoutTouchingTheFile()
    {
        await using SnapshotStore store = Open();
        byte[] content = Content(10, seed: 1);
        SnapshotHead head = Head(1, 2, 4096, content);
        Put(store, head, content);
        string file = Directory.GetFiles(_directory).Single();
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        Put(store, head, content);

        Assert.That(File.GetLastWriteTimeUtc(file), Is.EqualTo(DateTime.UnixEpoch));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Open_FileIsNotWhatWasStored_IsRefusedAsCorrupt(bool cutShort)
    {
        await using SnapshotStore store = Open();
        byte[] content = Content(10, seed: 1);
        SnapshotHead head = Head(1, 2, 4096, content);
        Put(store, head, content);
        string file = Directory.GetFiles(_directory).Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[20] ^= (byte)(cutShort ? 0 : 1);
        File.WriteAllBytes(file, cutShort ? bytes[..^1] : bytes);

        Assert.That(() => store.Open(head.Name), RefusedWith("CHECKPOINT_CORRUPT"));
    }

    [Test]
    public async Task Keep_TwoNewest_DeletesOlderOnesOfThatTaskOnly()
    {
        SnapshotHead[] mine = [.. Enumerable.Range(1, 4).Select(i => Head(1, 1, (ulong)i * 4096, Content(9, i)))];
        SnapshotHead other = Head(2, 1, 4096, Content(9, 1));
        await using SnapshotStore store = Open();
        foreach (SnapshotHead head in mine.Append(other))
        {
            Put(store, head, Content(9, head == other ? 1 : (int)(head.Name.Position / 4096)));
        }

        store.Keep(new TaskId(1), [$"{mine[1].Name}", $"{mine[2].Name}", "", "not a name"]);

        // The fourth lies above the newest kept one: it is on its way to be committed.
        string[] expected = [.. new[] { mine[1], mine[2], mine[3], other }.Select(h => $"{h.Name}").Order()];
        Assert.That(
            () => Directory.GetFiles(_directory).Select(Path.GetFileName).Order().ToArray(),
            Is.EqualTo(expected).After(10_000, 1));
        Assert.That(store.IsDurable(mine[0].Name), Is.False);
    }

    [Test]
    public async Task Open_LeftoversOfACrash_AreClearedAwayAndForeignFilesAreLetBe()
    {
        File.WriteAllText(Path.Combine(_directory, "t1-e1-p1-0000000000000001.3.tmp"), "half");
        File.WriteAllText(Path.Combine(_directory, "README"), "not ours");

        await using SnapshotStore store = Open();

        Assert.That(Directory.GetFiles(_directory).Select(Path.GetFileName), Is.EqualTo(new[] { "README" }));
    }

    private static NUnit.Framework.Constraints.IResolveConstraint RefusedWith(string reason) =>
        Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo(reason);

    private static void Put(SnapshotStore store, SnapshotHead head, byte[] content, int chunk = int.MaxValue)
    {
        using ISnapshotWriter writer = store.Create(head);
        foreach (byte[] part in content.Chunk(chunk))
        {
            writer.Append(part);
        }

        writer.Commit();
    }

    private static byte[] ReadAll(ISnapshotReader reader)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[777];
        for (int count = reader.Read(buffer); count > 0; count = reader.Read(buffer))
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    private static byte[] Content(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static SnapshotHead Head(ulong task, ulong epoch, ulong position, byte[] content) =>
        new(
            new SnapshotName(new TaskId(task), new Epoch(epoch), position, XxHash64.Hash(content)),
            NextOffset: position / 7,
            content.Length,
            FormatVersion: 1);

    private SnapshotStore Open() => SnapshotStore.Open(_directory, NullLogger.Instance);
}
