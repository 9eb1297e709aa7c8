using Millrace.Common.Model;
using Millrace.Coordinator.Storage;

namespace Millrace.Coordinator.Tests.Storage;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoredNamesTests
{
    private readonly StoredNames _names = new();

    [Test]
    public void TakeAllBut_OfAChain_KeepsWhatItsNewestLinkNeeds()
    {
        Chain(1, 2, 3);
        Chain(4, 5, 6, 7);
        Assert.That(Positions(_names.TakeAllBut(new TaskId(1), [Name(5)])), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(Positions(_names.All), Is.EqualTo(new[] { 4, 5, 6, 7 }), "those above are on their way");
        Assert.That(Positions(_names.TakeAllBut(new TaskId(1), [Name(6), Name(5)])), Is.Empty);
    }

    [Test]
    public void TakeAllBut_OfTwoCommits_KeepsBothChains()
    {
        Chain(1, 2, 3);
        Chain(4, 5);
        Assert.That(Positions(_names.TakeAllBut(new TaskId(1), [Name(5), Name(2)])), Is.EqualTo(new[] { 3 }));
        Assert.That(Positions(_names.TakeAllBut(new TaskId(1), [Name(5), Name(4)])), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(_names.TakeAllBut(new TaskId(1), []), Is.Empty);
        Assert.That(Positions(_names.TakeAll(new TaskId(1))), Is.EqualTo(new[] { 4, 5 }));
    }

    [Test]
    public void Remove_OfALink_NamesThoseThatAreOfNoUseWithoutIt()
    {
        Chain(1, 2, 3);
        Chain(4);
        Assert.That(_names.Remove(Name(2), out IReadOnlyList<SnapshotName> useless), Is.True);
        Assert.That(Positions(useless), Is.EqualTo(new[] { 3 }));
        Assert.That(new[] { 1, 2, 3, 4 }.Where(p => _names.Has(Name(p))), Is.EqualTo(new[] { 1, 4 }));
        Assert.That(_names.Remove(Name(1), out useless), Is.True);
        Assert.That(useless, Is.Empty, "3 was of no use before");
        Assert.That(_names.Remove(Name(1), out _), Is.False);
        _names.Add(Name(1), null);
        _names.Add(Name(2), Name(1));
        Assert.That(_names.Has(Name(3)), Is.True);
    }

    private static SnapshotName Name(int position) =>
        new(new TaskId(1), new Epoch(1), (ulong)position, (ulong)position);

    private static IEnumerable<int> Positions(IEnumerable<SnapshotName> names) =>
        names.Select(name => (int)name.Position).Order();

    private void Chain(params int[] positions)
    {
        for (int i = 0; i < positions.Length; i++)
        {
            _names.Add(Name(positions[i]), i == 0 ? null : Name(positions[i - 1]));
        }
    }
}
