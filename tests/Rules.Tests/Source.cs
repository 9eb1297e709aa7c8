using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Millrace.TestKit;

namespace Millrace.Rules.Tests;

/// <summary>The repository's own C# files, parsed once. external/ and generated code are exempt from the
/// rules.</summary>
internal static class Source
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> All = new(Load);

    public static IEnumerable<SourceFile> Product => Below("src/");

    public static IEnumerable<SourceFile> Everything => All.Value;

    public static IEnumerable<SourceFile> Tests => Below("tests/");

    private static IEnumerable<SourceFile> Below(string folder) =>
        All.Value.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal));

    private static List<SourceFile> Load() =>
        new[] { "src", "tests", "samples" }
            .Select(top => Path.Combine(Checkout.Root, top))
            .Where(Directory.Exists)
            .SelectMany(top => Directory.EnumerateFiles(top, "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Checkout.Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal)
                && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Checkout.Root, path))))
            .ToList();
}

/// <summary>One file with its syntax tree. <paramref name="Path"/> is relative to the root, with forward
/// slashes.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    private static readonly CSharpParseOptions Options =
        new(LanguageVersion.Latest, preprocessorSymbols: ["MILLRACE_TEST_BUILD"]);

    private readonly Lazy<SyntaxNode> _tree = new(() => CSharpSyntaxTree.ParseText(Text, Options).GetRoot());

    public SyntaxNode Tree => _tree.Value;

    public string[] Lines => Text.Split('\n');

    public IEnumerable<T> Nodes<T>()
        where T : SyntaxNode => Tree.DescendantNodes().OfType<T>();

    public IEnumerable<string> Usings => Nodes<UsingDirectiveSyntax>().Select(u => u.Name?.ToString() ?? "");

    public string Place(SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
