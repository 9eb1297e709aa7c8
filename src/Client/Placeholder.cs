namespace Millrace.Client;

internal static class Placeholder;
