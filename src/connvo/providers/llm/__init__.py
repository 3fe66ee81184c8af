"""Language models behind one port: any server that speaks the OpenAI protocol of chat completions."""
