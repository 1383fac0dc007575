export function drift(url: string): Promise<string | null>;
