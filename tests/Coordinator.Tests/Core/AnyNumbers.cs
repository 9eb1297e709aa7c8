using FsCheck;
using FsCheck.Fluent;

namespace Millrace.Coordinator.Tests.Core;

/// <summary>Properties over any list of numbers from 0 on; a failing list is cut down before it is shown.</summary>
internal static class AnyNumbers
{
    public static void Check(int tests, int longest, Func<int[], bool> property) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue).ArrayOf(), Shorter), property)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithEndSize(longest));

    private static IEnumerable<int[]> Shorter(int[] numbers)
    {
        for (int cut = numbers.Length / 2; cut >= 1; cut /= 2)
        {
            for (int at = 0; at + cut <= numbers.Length; at += cut)
            {
                yield return [.. numbers[..at], .. numbers[(at + cut)..]];
            }
        }
    }
}
