using FsCheck;
using FsCheck.Fluent;
using Millrace.Common.Model;
using Millrace.Coordinator.Rpc.Paging;

namespace Millrace.Coordinator.Tests.Rpc.Paging;

public sealed class PagesTests
{
    [Test]
    public void Cut_AllPagesOneAfterTheOther_GiveEveryRowOnceInOrder()
    {
        Gen<(string[] Rows, int Size)> cases =
            from rows in Gen.ArrayOf(Gen.Choose(0, 10_000).Select(n => $"row-{n}"))
            from size in Gen.Choose(1, 20)
            select (rows.Distinct().ToArray(), size);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var seen = new List<string>();
            string token = "";
            do
            {
                Page<string> page = Pages.Cut(c.Rows, row => row, c.Size, token, "List");
                seen.AddRange(page.Rows);
                token = page.NextToken;
                Assert.That(page.Rows, Has.Count.LessThanOrEqualTo(c.Size));
                Assert.That(page.TotalSize, Is.EqualTo(c.Rows.Length));
            }
            while (token.Length > 0);

            return seen.SequenceEqual(c.Rows.Order(StringComparer.Ordinal));
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Cut_RowsComeAndGoBetweenPages_NeitherRepeatsNorHidesOthers()
    {
        Page<string> first = Pages.Cut(["a", "b", "c", "d"], row => row, 2, "", "List");
        Page<string> second = Pages.Cut(["aa", "c", "cc", "d"], row => row, 2, first.NextToken, "List");

        Assert.Multiple(() =>
        {
            Assert.That(first.Rows, Is.EqualTo(new[] { "a", "b" }));
            Assert.That(second.Rows, Is.EqualTo(new[] { "c", "cc" }));
        });
    }

    [Test]
    public void Cut_TokenOfAnotherRequest_IsRefused()
    {
        string token = Pages.Cut(["a", "b"], row => row, 1, "", "List x").NextToken;

        Assert.That(
            () => Pages.Cut(["a", "b"], row => row, 1, token, "List y"),
            Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo("BAD_PAGE_TOKEN"));
    }

    [TestCase("x")]
    [TestCase("!!!")]
    [TestCase("AAAA")]
    [TestCase("AgAAAAAAAAAA")]
    public void Decode_Garbage_IsRefused(string token) =>
        Assert.That(
            () => PageToken.Decode("List", token),
            Throws.TypeOf<RefusalException>().With.Property("Refusal").Property("Reason").EqualTo("BAD_PAGE_TOKEN"));

    [Test]
    public void Decode_AnyText_NeverFailsInAnotherWay() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            try
            {
                PageToken.Decode("List", text.Get);
            }
            catch (RefusalException)
            {
                // Named: that is the only way to fail.
            }
        }).QuickCheckThrowOnFailure();

    [TestCase(0, 100)]
    [TestCase(7, 7)]
    [TestCase(1000, 1000)]
    [TestCase(5000, 1000)]
    public void SizeOf_GivenASize_FollowsTheRule(int asked, int expected) =>
        Assert.That(Pages.SizeOf(asked, Pages.DefaultSize), Is.EqualTo(expected));

    [Test]
    public void SizeOf_Negative_IsRefused() =>
        Assert.That(() => Pages.SizeOf(-1, 100), Throws.TypeOf<RefusalException>());
}
