using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Rules.Tests;

public sealed class TestRulesTests
{
    [Test]
    public void Tests_Everywhere_AreNamedMethodSituationOutcome() =>
        Assert.That(
            from file in Source.Tests
            from method in file.Nodes<MethodDeclarationSyntax>()
            where method.AttributeLists.SelectMany(l => l.Attributes)
                .Any(a => a.Name.ToString() is "Test" or "TestCase" or "TestCaseSource")
            where !Regex.IsMatch(method.Identifier.Text, "^[A-Z][A-Za-z0-9]*(_[A-Z0-9][A-Za-z0-9]*){2,}$")
            select $"{file.Place(method)} {method.Identifier.Text}",
            Is.Empty);

    [Test]
    public void Tests_Everywhere_NeverSleep() =>
        Assert.That(
            from file in Source.Tests
            where !file.Path.StartsWith("tests/Benchmarks/", StringComparison.Ordinal)
            from call in file.Nodes<InvocationExpressionSyntax>()
            where call.Expression.ToString() is "Thread.Sleep" or "Task.Delay"
            select file.Place(call),
            Is.Empty);

    [Test]
    public void Tests_Everywhere_AreNotSwitchedOff() =>
        Assert.That(
            from file in Source.Tests
            from attribute in file.Nodes<AttributeSyntax>()
            where attribute.Name.ToString() is "Ignore" or "Explicit"
            select file.Place(attribute),
            Is.Empty);
}
