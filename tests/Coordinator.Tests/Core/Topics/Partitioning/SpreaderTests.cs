using FsCheck;
using FsCheck.Fluent;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Topics.Partitioning.Spreading;

namespace Millrace.Coordinator.Tests.Core.Topics.Partitioning;

public sealed class SpreaderTests
{
    private static readonly SpreadPolicy[] _weighted =
        [SpreadPolicy.WeightedRandom, SpreadPolicy.SmoothWeighted, SpreadPolicy.EarliestDeadline];

    [Test]
    public void Next_AnyPolicyAndWeights_StaysWithinThePartitionsThatHaveWeight() =>
        Prop.ForAll(AnyWeights.ToArbitrary(), weights => Enum.GetValues<SpreadPolicy>().All(policy =>
        {
            Spreader spreader = Make(policy, weights);
            double[] load = new double[weights.Length];
            return Enumerable.Range(0, 200).Select(_ => spreader.Next(load)).All(i =>
                i >= 0 && i < weights.Length && (!_weighted.Contains(policy) || weights[i] > 0));
        })).QuickCheckThrowOnFailure();

    [Test]
    public void RoundRobin_AnyRun_IsTheNextOneEachTime() =>
        Prop.ForAll<PositiveInt>(n =>
        {
            Spreader spreader = Make(SpreadPolicy.RoundRobin, new int[n.Get]);
            double[] load = new double[n.Get];
            return Enumerable.Range(0, 3 * n.Get).All(i => spreader.Next(load) == i % n.Get);
        }).QuickCheckThrowOnFailure();

    [Test]
    public void SmoothWeighted_OverOneCycle_GivesEachExactlyItsWeight() =>
        Prop.ForAll(AnyWeights.ToArbitrary(), weights =>
            Counts(SpreadPolicy.SmoothWeighted, weights, weights.Sum()).SequenceEqual(weights))
            .QuickCheckThrowOnFailure();

    [Test]
    public void SmoothWeighted_AgainstItsTwin_ChoosesTheSame() =>
        Prop.ForAll(AnyWeights.ToArbitrary(), weights =>
        {
            Spreader spreader = Make(SpreadPolicy.SmoothWeighted, weights);
            double[] load = new double[weights.Length];
            return NaiveSmooth(weights).Take(300).All(expected => spreader.Next(load) == expected);
        }).QuickCheckThrowOnFailure();

    /// <summary>At no time has a partition more than one choice more or less than its share.</summary>
    [Test]
    public void EarliestDeadline_AtAnyTime_IsWithinOneOfEachShare() =>
        Prop.ForAll(AnyWeights.ToArbitrary(), weights =>
        {
            Spreader spreader = Make(SpreadPolicy.EarliestDeadline, weights);
            double[] load = new double[weights.Length];
            int[] counts = new int[weights.Length];
            double total = weights.Sum();
            for (int n = 1; n <= 500; n++)
            {
                counts[spreader.Next(load)]++;
                double elapsed = counts.Zip(weights).Max(c => c.Second == 0 ? 0 : (double)c.First / c.Second);
                if (counts.Zip(weights).Any(c => c.First > (elapsed * c.Second) + 1e-6
                    || c.First < Math.Floor((elapsed * c.Second) - 1 - 1e-6)))
                {
                    return false;
                }
            }

            return counts.Sum() == 500 && total > 0;
        }).QuickCheckThrowOnFailure();

    /// <summary>100,000 draws: seven standard deviations of a share p are 7 sqrt(p (1 - p) 100,000).</summary>
    [Test]
    public void WeightedRandom_OfManyDraws_MatchesTheWeights() =>
        Prop.ForAll(AnyWeights.ToArbitrary(), weights =>
        {
            const int Draws = 100_000;
            int[] counts = Counts(SpreadPolicy.WeightedRandom, weights, Draws);
            return counts.Zip(weights).All(c =>
            {
                double share = (double)c.Second / weights.Sum();
                return Math.Abs(c.First - (share * Draws)) <= 1 + (7 * Math.Sqrt(share * (1 - share) * Draws));
            });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    [Test]
    public void Random_OfManyDraws_IsEven()
    {
        int[] counts = Counts(SpreadPolicy.Random, new int[10], 100_000);
        Assert.That(counts, Has.All.InRange(10_000 - 665, 10_000 + 665));
    }

    /// <summary>The largest of 64 is far closer to the mean than that of plain random choice, about 1,075.</summary>
    [Test]
    public void LeastLoaded_OfManyBatches_IsNearlyEven()
    {
        Spreader spreader = Make(SpreadPolicy.LeastLoaded, new int[64]);
        double[] load = new double[64];
        for (int i = 0; i < 64_000; i++)
        {
            load[spreader.Next(load)]++;
        }

        Assert.That(load.Max(), Is.LessThanOrEqualTo(1_010));
    }

    [Test]
    public void LeastLoaded_WithOneHeavyPartition_ChoosesItOnlyWhenItMeetsNoOther()
    {
        Spreader spreader = Make(SpreadPolicy.LeastLoaded, new int[4]);
        double[] load = [1_000, 0, 0, 0];
        Assert.That(Enumerable.Range(0, 1_000).Select(_ => spreader.Next(load)), Has.None.EqualTo(0));
    }

    private static Gen<int[]> AnyWeights =>
        from count in Gen.Choose(1, 20)
        from weights in Gen.ArrayOf(Gen.Choose(0, 30), count)
        select weights.All(w => w == 0) ? [.. weights.Select(_ => 1)] : weights;

    private static Spreader Make(SpreadPolicy policy, int[] weights) =>
        Spreader.Of(new SpreadSpec(policy, weights), weights.Length, 42);

    private static int[] Counts(SpreadPolicy policy, int[] weights, int draws)
    {
        Spreader spreader = Make(policy, weights);
        int[] counts = new int[weights.Length];
        double[] load = new double[weights.Length];
        for (int i = 0; i < draws; i++)
        {
            counts[spreader.Next(load)]++;
        }

        return counts;
    }

    private static IEnumerable<int> NaiveSmooth(int[] weights)
    {
        var credit = weights.Select((w, i) => (Index: i, Weight: w, Credit: 0)).Where(c => c.Weight > 0).ToList();
        while (true)
        {
            credit = [.. credit.Select(c => c with { Credit = c.Credit + c.Weight })];
            int chosen = credit.MaxBy(c => (c.Credit, -c.Index)).Index;
            yield return chosen;
            credit = [.. credit.Select(c => c.Index == chosen ? c with { Credit = c.Credit - weights.Sum() } : c)];
        }
    }
}
