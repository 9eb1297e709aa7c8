using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Core.State;
using Millrace.Worker.Core.Tasks;

namespace Millrace.Worker.Tests.Core.State;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SnapshotChainTests
{
    private const int Groups = 64;
    private const int Keys = 10_000;
    private static readonly OperatorContext _context = new(new KeyGroupRange(0, Groups), Groups);

    private readonly CountTable _table = new();
    private readonly List<SnapshotBytes> _contents = [];
    private ulong _position = 4096;

    [TearDown]
    public void Return() => _contents.ForEach(content => content.Dispose());

    [Test]
    public void Encode_OfAFewChangesOnALargeState_WritesThoseAloneAndRestoresAll()
    {
        Count(0, Keys);
        SnapshotLink link = Store(null);
        Count(7, 3);
        Count(Keys, 2);
        SnapshotLink next = Store(link);
        Count(8, 1);
        SnapshotLink last = Store(next);

        Assert.That((last.Links, last.WholeBytes), Is.EqualTo((2, _contents[0].Length)));
        Assert.That(last.LinkedBytes, Is.EqualTo(_contents[1].Length + _contents[2].Length).And.LessThan(1_000));
        Assert.That(Restored(), Is.EqualTo(All(_table)));
        Assert.That(SnapshotCodec.Open(_contents[2]).Header.Base, Is.EqualTo($"{next.Name}"));
    }

    [Test]
    public void Encode_WhenLinksWouldWeighMoreThanTheWhole_BeginsAnew()
    {
        Count(0, Keys);
        SnapshotLink? link = null;
        var whole = new List<bool>();
        for (int i = 0; i < 12; i++)
        {
            link = Store(link);
            whole.Add(link.Links == 0);
            Assert.That(link.LinkedBytes, Is.LessThanOrEqualTo(link.WholeBytes));
            Count(0, Keys / 4);
        }

        Assert.That(whole.Count(w => w), Is.InRange(2, 5));
    }

    [Test]
    public void Encode_WithNothingChanged_IsALinkWithoutEntries()
    {
        Count(0, Keys);
        SnapshotLink link = Store(Store(null));
        Assert.That(link.LinkedBytes, Is.LessThan(200));
        Assert.That(Restored(), Is.EqualTo(All(_table)));
    }

    [Test]
    public void Open_OfALinkAlone_IsRefusedWhenItIsRestored()
    {
        Count(0, Keys);
        SnapshotLink link = Store(null);
        Count(0, 1);
        Store(link);
        Assert.That(
            () => SnapshotCodec.Open(_contents[1]).FromTheWhole(), Throws.TypeOf<SnapshotDamagedException>());
        Assert.That(
            () => SnapshotCodec.Open(_contents[0]).On(SnapshotCodec.Open(_contents[1])),
            Throws.TypeOf<SnapshotDamagedException>());
    }

    private static List<string> All(CountTable table) =>
    [
        .. table.Scan(default, default, int.MaxValue).Select(e => $"{Encoding.ASCII.GetString(e.Key)}={e.Count}"),
    ];

    private void Count(int from, int count)
    {
        for (int i = from; i < from + count; i++)
        {
            byte[] key = Encoding.ASCII.GetBytes($"key-{i}");
            _table.Add(XxHash64.Hash(key), key);
        }
    }

    private SnapshotLink Store(SnapshotLink? since)
    {
        var header = new SnapshotHeader("count", _context.KeyGroups, Groups, _position += 4096, 17, 99);
        var capture = new TaskCapture(new TaskId(1), new Epoch(1), header, _table.Freeze(_context)) { Since = since };
        _contents.Add(SnapshotChain.Encode(capture, out SnapshotName name));
        Assert.That(capture.Stored!.Name, Is.EqualTo(name));
        Assert.That(capture.Base, Is.EqualTo(capture.Stored.Links > 0 ? since!.Name : (SnapshotName?)null));
        return capture.Stored;
    }

    private List<string> Restored()
    {
        SnapshotContent content = SnapshotCodec.Open(_contents[0]);
        foreach (SnapshotBytes link in _contents.Skip(1))
        {
            content = SnapshotCodec.Open(link).On(content);
        }

        var restored = new CountOperator(_context);
        foreach (SnapshotContent part in content.FromTheWhole())
        {
            restored.Restore(part);
        }

        return
        [
            .. restored.Ask(new ScanKeys(default, default, int.MaxValue)).Entries
                .Select(e => $"{Encoding.ASCII.GetString(e.Key)}={e.Count}"),
        ];
    }
}
