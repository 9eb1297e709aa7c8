using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Millrace.TestKit;

namespace Millrace.Rules.Tests;

/// <summary>Every fault of the catalogue is tried by a test that carries its number, or docs/reliability.md says why
/// not.</summary>
public sealed class CatalogueTests
{
    private const int LastRow = 65;

    [Test]
    public void Rows_UpTo65_HaveATestOrAReason()
    {
        HashSet<int> covered = [.. RowsOfTests(), .. RowsWithReasons()];
        Assert.That(Enumerable.Range(1, LastRow).Where(row => !covered.Contains(row)), Is.Empty);
    }

    [Test]
    public void Rows_WithAReason_AreNotTestedAllTheSame() =>
        Assert.That(RowsWithReasons().Intersect(RowsOfTests()), Is.Empty, "the reason has become untrue");

    private static IEnumerable<int> RowsOfTests() =>
        from file in Source.Tests
        from method in file.Nodes<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(l => l.Attributes).Any(a => a.Name.ToString() is "Test" or "TestCase")
        from Match row in Regex.Matches(method.Identifier.Text, "Row([0-9]{2})")
        select Number(row.Groups[1].Value);

    /// <summary>Lines "| 21, 35-38 | reason |" of the section on rows without a test.</summary>
    private static IEnumerable<int> RowsWithReasons()
    {
        string text = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "reliability.md"));
        string section = text.Split("## Rows without a test of their own")[1].Split("\n## ")[0];
        return from Match line in Regex.Matches(section, @"^\| ([0-9][0-9, -]*) \| \S.*\|$", RegexOptions.Multiline)
               from part in line.Groups[1].Value.Split(',')
               let ends = part.Split('-')
               let first = Number(ends[0])
               from row in Enumerable.Range(first, Number(ends[^1]) - first + 1)
               select row;
    }

    private static int Number(string text) => int.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
