using System.Text.RegularExpressions;
using Millrace.TestKit;

namespace Millrace.Rules.Tests;

/// <summary>What the documents say of the tree is true.</summary>
public sealed class DocumentTests
{
    [Test]
    public void Architecture_TheFoldersItNames_Exist()
    {
        string text = File.ReadAllText(Path.Combine(Checkout.Root, "ARCHITECTURE.md"));
        const string Folder = @"`((?:src|tests|protos|scripts|docs|external|samples)(?:/[A-Za-z0-9._-]+)*/?)`";
        var named = Regex.Matches(text, Folder)
            .Select(m => m.Groups[1].Value)
            .Distinct()
            .ToList();
        Assert.Multiple(() =>
        {
            Assert.That(named, Is.Not.Empty);
            Assert.That(named.Where(n => !Path.Exists(Path.Combine(Checkout.Root, n))), Is.Empty);
        });
    }

    [Test]
    public void Architecture_TheFoldersOfTheProduct_AreAllNamed()
    {
        string text = File.ReadAllText(Path.Combine(Checkout.Root, "ARCHITECTURE.md"));
        var folders = Source.Product
            .Select(f => string.Join('/', f.Path.Split('/').Take(3)))
            .Where(p => !p.EndsWith(".cs", StringComparison.Ordinal))
            .Where(p => !p.StartsWith("src/Cli/", StringComparison.Ordinal))
            .Distinct();
        Assert.That(folders.Where(f => !text.Contains($"`{f}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Dependencies_EveryPinnedPackage_HasALine()
    {
        string pins = File.ReadAllText(Path.Combine(Checkout.Root, "Directory.Packages.props"));
        string text = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "dependencies.md"));
        var missing = Regex.Matches(pins, "PackageVersion Include=\"([^\"]+)\" Version=\"([^\"]+)\"")
            .Where(m => !text.Contains($"| {m.Groups[1].Value} | {m.Groups[2].Value} |", StringComparison.Ordinal))
            .Select(m => m.Groups[1].Value);
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void ProtoFiles_EveryFieldAndMethod_HasAComment()
    {
        var bare =
            from path in Directory.EnumerateFiles(
                Path.Combine(Checkout.Root, "protos"), "*.proto", SearchOption.AllDirectories)
            let lines = File.ReadAllLines(path)
            from i in Enumerable.Range(1, lines.Length - 1)
            where Regex.IsMatch(lines[i], @"^\s+(rpc |.*\s=\s\d+( \[.*\])?;)")
            where !lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal)
            select $"{Path.GetRelativePath(Checkout.Root, path)}:{i + 1}";
        Assert.That(bare, Is.Empty);
    }

    [Test]
    public void Tree_EveryTextFile_NamesNoMachinePath()
    {
        string[] endings = [".cs", ".md", ".proto", ".props", ".csproj", ".json", ".sh", ".py"];
        var named =
            from path in Directory.EnumerateFiles(Checkout.Root, "*", SearchOption.AllDirectories)
            let relative = Path.GetRelativePath(Checkout.Root, path).Replace('\\', '/')
            where !Regex.IsMatch(relative, "(^|/)(bin|obj|artifacts|TestResults|[.]git)/")
            where endings.Contains(Path.GetExtension(path)) || relative.StartsWith("scripts/", StringComparison.Ordinal)
            where Regex.IsMatch(File.ReadAllText(path), "(^|[^A-Za-z0-9.])/(root|home|work)/[a-z]")
            where !relative.EndsWith("DocumentTests.cs", StringComparison.Ordinal)
            select relative;
        Assert.That(named, Is.Empty);
    }
}
