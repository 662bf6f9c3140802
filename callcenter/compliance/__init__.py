"""Rules of law as dated data, and the question asked twice before each call: may this number be dialled now?"""
