using Millrace.Common.Processes;

namespace Millrace.Common.Tests.Processes;

public sealed class RestartPolicyTests
{
    [Test]
    public void AfterLifeOf_AChildThatDiesAtOnce_WaitsLongerUntilItHasLived()
    {
        var policy = new RestartPolicy(new Random(1));
        foreach (double most in new[] { 0, 0.5, 1, 2, 4, 8, 10, 10 })
        {
            double wait = policy.AfterLifeOf(TimeSpan.Zero).TotalSeconds;
            Assert.That(wait, Is.InRange(most * 0.75, most));
        }

        Assert.That(policy.AfterLifeOf(TimeSpan.FromMinutes(1)), Is.EqualTo(TimeSpan.Zero));
    }
}
